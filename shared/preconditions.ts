// What a request expects to find under a key (RFC 9110 section 13). A tag is a fid, whose bytes
// never change (I1), or its checksum: without quotes here, `*` for whatever is there.
import * as z from 'zod'
import { MAX_ENTITY_TAGS } from './limits.ts'
import { Problem } from './problems.ts'

/** What a class without checksums keeps in place of one: it names no bytes. */
const NO_CHECKSUM = 'none'
const Tag = z
  .string()
  .min(1)
  .max(200)
  .refine((tag) => tag !== NO_CHECKSUM, { error: '`none` is the tag of nothing' })
export const Tags = z.array(Tag).min(1).max(MAX_ENTITY_TAGS)
export type Tags = z.infer<typeof Tags>

/** As fields of a body. Both may be given; then both must hold. */
export const conditions = { ifMatch: Tags.optional(), ifNoneMatch: Tags.optional() }

/** One that names nothing always holds. */
export interface Condition {
  ifMatch?: Tags | undefined
  ifNoneMatch?: Tags | undefined
}

/** What is under a key; undefined for nothing. */
export interface Current {
  fid: number
  checksum: string
}

export const isConditional = ({ ifMatch, ifNoneMatch }: Condition): boolean =>
  ifMatch !== undefined || ifNoneMatch !== undefined

export const holdsFor = ({ ifMatch, ifNoneMatch }: Condition, current?: Current): boolean =>
  (ifMatch === undefined || hasTag(current, ifMatch)) &&
  (ifNoneMatch === undefined || !hasTag(current, ifNoneMatch))

/**
 * What trackers and nodes answer as `ETag`: the checksum, or the fid where there is none. Either
 * names the same bytes, and is taken in a condition.
 */
export const etagOf = ({ fid, checksum }: { fid: number; checksum?: string | undefined }) =>
  checksum === undefined || checksum === NO_CHECKSUM ? `"${fid}"` : `"${checksum}"`

const hasTag = (current: Current | undefined, tags: Tags) =>
  current !== undefined &&
  ['*', String(current.fid), current.checksum].some((tag) => tags.includes(tag))

/** The condition of two header fields. What cannot be read is refused: it was meant to protect. */
export function readCondition(match?: string, noneMatch?: string): Condition {
  return {
    ...(match !== undefined && { ifMatch: readTags('if-match', match) }),
    ...(noneMatch !== undefined && {
      // compared weakly, so `W/` does not matter; in If-Match a weak tag matches nothing
      ifNoneMatch: readTags('if-none-match', noneMatch).map((tag) => tag.replace(/^W\//, '')),
    }),
  }
}

const list = /^(?:W\/)?"[^"]*"(?:[ \t]*,[ \t]*(?:W\/)?"[^"]*")*$/

function readTags(name: string, field: string): Tags {
  const text = field.trim()
  if (text === '*') return ['*']
  const quoted = list.test(text) ? (text.match(/(?:W\/)?"[^"]*"/g) ?? []) : []
  const tags = Tags.safeParse(quoted.map(unquoted))
  if (tags.success) return tags.data
  throw new Problem('invalid_request', { at: name, problem: 'must be entity tags, or *' })
}

/** What would mean something else without its quotes keeps them: it is a tag that nothing has. */
const unquoted = (tag: string) => (/"(?:\*|none)"$/.test(tag) ? tag : tag.replaceAll('"', ''))
