// What a class promises, as class add and class set are told it.
import { wholeNumber } from './arguments.ts'
import { UsageError } from './usage-error.ts'
import type { Option } from './verb.ts'

export const copiesOption = {
  type: 'string',
  value: 'N',
  says: 'on how many devices each file lies',
} as const satisfies Option

export function readCopies(text: string | undefined): number {
  if (text === undefined) throw new UsageError('How many copies?', 'Say --copies N.')
  return wholeNumber('--copies', text, 1)
}
