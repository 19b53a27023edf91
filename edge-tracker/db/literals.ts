// Lists of lists among a statement's parameters. Postgres has no arrays of arrays of different
// lengths: each of them travels as text.
import type { DeviceId } from '#shared/ids.ts'
import type { Tags } from '#shared/preconditions.ts'

export const tagsLiteral = (tags: Tags | undefined): string | null =>
  tags === undefined ? null : `{${tags.map((tag) => JSON.stringify(tag)).join()}}`

/** Null where there is none. */
export const idsLiteral = (ids: readonly DeviceId[] = []): string | null =>
  ids.length === 0 ? null : `{${ids.join()}}`
