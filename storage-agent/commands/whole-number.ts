// A number of a device, or of how many of them, as it was typed.
import { MAX_DEVICES_PER_HOST } from '#shared/limits.ts'
import { UsageError } from '../usage-error.ts'

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`${text} is not a number of devices up to ${MAX_DEVICES_PER_HOST}`)
}
