// Words of a command line as what they stand for.
import type * as z from 'zod'
import { UsageError } from './usage-error.ts'

export function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
  throw new UsageError(`${name} is a whole number from ${least}, not \`${text}\``, 'mog help')
}

/** One word of a closed set, as the protocol has it. */
export function oneOf<Word extends string>(
  name: string,
  text: string,
  words: z.ZodEnum<Record<Word, Word>>,
): Word {
  const word = words.safeParse(text)
  if (word.success) return word.data
  throw new UsageError(`${name} is not \`${text}\``, `It is one of ${words.options.join(', ')}.`)
}
