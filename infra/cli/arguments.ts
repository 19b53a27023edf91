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

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }

/** `90`, `90s`, `15m`, `12h`, `7d`. */
export function wholeSeconds(name: string, text: string): number {
  const [, digits = '', unit = '?'] = /^(\d+)([smhd]?)$/.exec(text) ?? []
  const seconds = Number(digits) * (SECONDS[unit] ?? Number.NaN)
  if (digits !== '' && Number.isSafeInteger(seconds)) return seconds
  throw new UsageError(`${name} is a time like 90s, 15m, 12h or 7d, not \`${text}\``, 'mog help')
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P']

/** `1000`, `10MB`, `500G`: decimal, as disks are sold. */
export function wholeBytes(name: string, text: string): number {
  const [, digits = '', unit = '?'] = /^(\d+)([kMGTP]?)B?$/.exec(text) ?? []
  const bytes = Number(digits) * 1_000 ** UNITS.indexOf(unit)
  if (digits !== '' && Number.isSafeInteger(bytes)) return bytes
  throw new UsageError(`${name} is a size like 1000, 10MB or 2TB, not \`${text}\``, 'mog help')
}

/** `none` takes it away. */
export const orNone = <Value>(
  name: string,
  text: string,
  read: (name: string, text: string) => Value,
): Value | null => (text === 'none' ? null : read(name, text))

export function yesOrNo(name: string, text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes'
  throw new UsageError(`${name} is yes or no, not \`${text}\``, 'mog help')
}
