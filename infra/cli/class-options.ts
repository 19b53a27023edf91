// What a class can ask for, as class add and class set are told it.
import type * as z from 'zod'
import { ChecksumKind } from '#shared/ids.ts'
import type { ClassChange } from '#shared/wire/admin.ts'
import { oneOf, orNone, wholeNumber, wholeSeconds, yesOrNo } from './arguments.ts'
import type { Options } from './verb.ts'

export const classOptions = {
  copies: { type: 'string', value: 'N', says: 'on how many devices each file lies' },
  policy: { type: 'string', value: 'POLICY', says: 'how they are spread: MultipleHosts()' },
  checksum: { type: 'string', value: 'KIND', says: ChecksumKind.options.join(', ') },
  'commit-at': { type: 'string', value: 'N', says: 'copies that a close waits for' },
  trash: { type: 'string', value: 'TIME', says: 'how long what was deleted can be had back: 7d' },
  cache: { type: 'string', value: 'TIME', says: 'how long readers may keep a file; or none' },
  public: { type: 'string', value: 'yes|no', says: 'whether it can be read without a key' },
} as const satisfies Options

type Values = Partial<Record<keyof typeof classOptions, string>>

export const readClassOptions = (values: Values): z.input<typeof ClassChange> => ({
  ...(values.copies !== undefined && { copies: wholeNumber('--copies', values.copies, 1) }),
  ...(values.policy !== undefined && { policy: values.policy }),
  ...(values.checksum !== undefined && {
    checksumKind: oneOf('--checksum', values.checksum, ChecksumKind),
  }),
  ...(values['commit-at'] !== undefined && {
    commitAt: wholeNumber('--commit-at', values['commit-at'], 1),
  }),
  ...(values.trash !== undefined && { trashS: wholeSeconds('--trash', values.trash) }),
  ...(values.cache !== undefined && { cacheS: orNone('--cache', values.cache, wholeSeconds) }),
  ...(values.public !== undefined && { publicRead: yesOrNo('--public', values.public) }),
})

/** What was asked for, in words. */
export const classNews = (asked: object): string =>
  Object.entries(asked)
    .map(([name, value]) => `${name} ${value ?? 'none'}`)
    .join(', ')
