// What a domain may hold, as domain add and domain set are told it.
import type * as z from 'zod'
import type { DomainChange } from '#shared/wire/admin.ts'
import { orNone, wholeBytes, wholeNumber } from './arguments.ts'
import type { Options } from './verb.ts'

export const quotaOptions = {
  'quota-bytes': { type: 'string', value: 'SIZE', says: 'all its files together: 500GB, or none' },
  'quota-files': { type: 'string', value: 'N', says: 'how many files; or none' },
} as const satisfies Options

type Values = Partial<Record<keyof typeof quotaOptions, string>>

export function readQuotas(values: Values): z.input<typeof DomainChange> {
  const { 'quota-bytes': bytes, 'quota-files': files } = values
  return {
    ...(bytes !== undefined && { quotaBytes: orNone('--quota-bytes', bytes, wholeBytes) }),
    ...(files !== undefined && {
      quotaFiles: orNone('--quota-files', files, (name, text) => wholeNumber(name, text, 0)),
    }),
  }
}
