// Files as clients see them: read, stat, list, rename, delete.
import * as z from 'zod'
import { Checksum, DeviceId, DomainName, Fid, Key, Name } from '../ids.ts'
import {
  LIST_DEFAULT_LIMIT,
  LIST_MAX_LIMIT,
  MAX_CONTENT_TYPE_LENGTH,
  MAX_FILE_BYTES,
  MAX_METADATA_BYTES,
  MAX_METADATA_ENTRIES,
  MAX_NAME_LENGTH,
  PATHS_DEFAULT_COUNT,
  PATHS_MAX_COUNT,
} from '../limits.ts'

export const Bytes = z.int().min(0).max(MAX_FILE_BYTES)

/** A media type as it will stand in a header: printable ASCII, no line break can enter. */
export const ContentType = z
  .string()
  .max(MAX_CONTENT_TYPE_LENGTH)
  .regex(/^[\x21-\x7e]+\/[\x20-\x7e]+$/, 'must be a media type')

/** User metadata: a small map of header-safe names to text. */
export const Metadata = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'names: a-z, 0-9, dash and underscore'),
    z.string().regex(/^[\x20-\x7e\u{a0}-\u{d7ff}\u{e000}-\u{10ffff}]*$/u, 'no control characters'),
  )
  .refine((map) => Object.keys(map).length <= MAX_METADATA_ENTRIES, 'too many entries')
  .refine(
    (map) => new TextEncoder().encode(JSON.stringify(map)).length <= MAX_METADATA_BYTES,
    'too large',
  )
export type Metadata = z.infer<typeof Metadata>

/** What the namespace knows of a file. Times are Unix milliseconds. */
export const FileInfo = z.object({
  key: z.string(),
  fid: Fid,
  class: z.string(),
  bytes: Bytes,
  checksum: Checksum,
  contentType: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  createdAtMs: z.number(),
})
export type FileInfo = z.infer<typeof FileInfo>

/** A file and where its copies are. */
export const FileDetail = FileInfo.extend({ domain: DomainName, deviceIds: z.array(DeviceId) })
export type FileDetail = z.infer<typeof FileDetail>

/**
 * Where a copy is, and when its bytes were last read and had the file's checksum: then or later,
 * for a copy that was made since was verified then. Null: not since the file was stored.
 */
export const CopyDetail = z.object({ deviceId: DeviceId, verifiedAtMs: z.number().nullable() })

/** `GET .../info/{key}` */
export const FileCopies = FileDetail.extend({ copies: z.array(CopyDetail) })
export type FileCopies = z.infer<typeof FileCopies>

export const ListQuery = z.object({
  prefix: z.string().default(''),
  after: z.string().default(''),
  delimiter: z.string().max(16).default(''),
  limit: z.coerce.number().int().min(1).max(LIST_MAX_LIMIT).default(LIST_DEFAULT_LIMIT),
})
export type ListQuery = z.infer<typeof ListQuery>

/** `prefixes` are the groups that the delimiter made. Go on with `after=nextAfter` unless null. */
export const FileList = z.object({
  files: z.array(FileInfo),
  prefixes: z.array(z.string()),
  nextAfter: z.string().nullable(),
})
export type FileList = z.infer<typeof FileList>

const flag = z
  .enum(['', '0', '1', 'true', 'false'])
  .transform((text) => text !== '0' && text !== 'false')
  .default(false)

/** Where the reader is, and whether a read replica may answer. */
const reader = { zone: z.string().max(MAX_NAME_LENGTH).optional(), stale: flag }

export const ReaderQuery = z.object(reader)

export const PathsQuery = z.object({
  ...reader,
  noverify: flag,
  count: z.coerce.number().int().min(1).max(PATHS_MAX_COUNT).default(PATHS_DEFAULT_COUNT),
})

/** The best URL first. Without `noverify` the first one has just answered. */
export const Paths = z.object({ fid: Fid, bytes: Bytes, paths: z.array(z.string()) })
export type Paths = z.infer<typeof Paths>

/** `PATCH .../files/{key}`: at least one change. */
export const FileChange = z
  .strictObject({
    key: Key.optional(),
    class: Name.optional(),
    contentType: ContentType.nullable().optional(),
    metadata: Metadata.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'names no change')
export type FileChange = z.infer<typeof FileChange>

export const Deleted = z.object({ fid: Fid })
export type Deleted = z.infer<typeof Deleted>
