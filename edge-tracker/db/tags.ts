// Lists of entity tags among the parameters of a statement.
import type { Tags } from '#shared/preconditions.ts'

/** Postgres has no arrays of arrays: where each row has a list, it travels as text. */
export const tagsLiteral = (tags: Tags | undefined): string | null =>
  tags === undefined ? null : `{${tags.map((tag) => JSON.stringify(tag)).join()}}`
