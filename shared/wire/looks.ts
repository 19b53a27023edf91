// How an agent compares its disks with the database: it asks what should lie on a device, stretch
// by stretch, looks next to the disk, and reports what is not as it should be.
import * as z from 'zod'
import { Checksum, ChecksumKind, DeviceId, Fid } from '../ids.ts'
import {
  COPIES_PER_DIGEST,
  MAX_DIGESTED_COPIES,
  MAX_FINDINGS,
  MAX_LOST_PER_SEARCH,
  MAX_WINDOW_COPIES,
} from '../limits.ts'
import { Bytes } from './files.ts'

const FsckId = z.int32().min(0)

export const WindowRequest = z.object({
  deviceId: DeviceId,
  /** Digests will do where sizes are compared: they are named one by one where they differ. */
  digests: z.boolean().optional(),
  /** No further than this. */
  toFid: Fid.optional(),
})
export type WindowRequest = z.infer<typeof WindowRequest>

const SumKind = ChecksumKind.exclude(['none'])

/** A copy that should be there. `version` is handed back with a finding: it fences the report. */
export const ExpectedCopy = z.object({
  fid: Fid,
  bytes: Bytes,
  checksum: Checksum,
  version: z.int(),
  /** The checksum is not known for certain: of this kind it is to be told. */
  learn: SumKind.nullish(),
})
export type ExpectedCopy = z.infer<typeof ExpectedCopy>

/** What should lie on a device behind the range before, up to `toFid`, in one digest. */
export const DigestedRange = z.object({
  toFid: Fid,
  files: z.int().min(1).max(COPIES_PER_DIGEST),
  /** SHA-256 in hex of `fid bytes` of each copy, ascending, with a line feed between two. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
})
export type DigestedRange = z.infer<typeof DigestedRange>

/** Ascending; behind the last one nothing should lie. */
export const DigestedRanges = z.array(DigestedRange).max(MAX_DIGESTED_COPIES / COPIES_PER_DIGEST)

/** What should lie on a device between two fids, both included, and how to look. */
export const LookWindow = z.object({
  fsckId: FsckId,
  check: z.enum(['sizes', 'checksums']),
  fromFid: Fid,
  toFid: Fid,
  copies: z.array(ExpectedCopy).max(MAX_WINDOW_COPIES),
  /** Instead of copies. */
  ranges: DigestedRanges.nullish(),
  /** False: only some files are asked for, and what else lies there is no finding. */
  isWhole: z.boolean(),
  /** Above it, bytes may be on their way that nothing names yet. */
  settledFid: z.int().min(0),
  /** The pace of this device; null: as fast as clients leave room. */
  bytesPerS: z.number().positive().nullable(),
  filesPerS: z.number().positive().nullable(),
})
export type LookWindow = z.infer<typeof LookWindow>

/** Null: there is nothing to look at now. */
export const WindowResponse = z.object({ window: LookWindow.nullable() })
export type WindowResponse = z.infer<typeof WindowResponse>

const facts = {
  fid: Fid,
  /** In numbers or by the kernel's code: what was found instead. */
  detail: z
    .string()
    .max(200)
    .regex(/^[\x20-\x7e]*$/)
    .optional(),
}

/** Damage of an expected copy, or bytes that nobody expected. Codes: shared/fsck-codes.ts. */
export const Finding = z.discriminatedUnion('code', [
  z.object({
    code: z.enum(['MISS', 'BLEN', 'BSUM', 'UNRD']),
    ...facts,
    version: z.int(),
  }),
  z.object({ code: z.literal('UNKN'), ...facts }),
])
export type Finding = z.infer<typeof Finding>

export const FoundSum = z.object({ fid: Fid, version: z.int(), checksum: Checksum })
export type FoundSum = z.infer<typeof FoundSum>

/** A stretch of a window, from where the cursor stands: what is not named was as it should be. */
export const FindingsRequest = z
  .object({
    deviceId: DeviceId,
    fsckId: FsckId,
    fromFid: Fid,
    toFid: Fid,
    /** How many copies were looked at, and how many bytes were read. */
    files: z.int().min(0),
    bytes: z.int().min(0),
    findings: z.array(Finding).max(MAX_FINDINGS),
    /** Of copies whose checksum was to be told. Left out where there are none. */
    sums: z.array(FoundSum).max(MAX_WINDOW_COPIES).optional(),
  })
  .refine(({ fromFid, toFid }) => fromFid <= toFid, 'toFid is before fromFid')
  .refine(
    ({ fromFid, toFid, findings }) =>
      findings.every(({ fid }) => fromFid <= fid && fid <= toFid) &&
      new Set(findings.map(({ fid }) => fid)).size === findings.length,
    'a fid is outside of the stretch, or named twice',
  )
export type FindingsRequest = z.infer<typeof FindingsRequest>

/** Damaged copies that stay where they are, for they are their files' last. */
export const FindingsResponse = z.object({ kept: z.array(Fid) })
export type FindingsResponse = z.infer<typeof FindingsResponse>

/** Which of the lost files of the answer before lie on a device, whole. Empty at first. */
export const SearchRequest = z.object({
  deviceId: DeviceId,
  searched: z
    .object({
      fromNo: z.int().min(0),
      toNo: z.int().min(0),
      found: z.array(Fid).max(MAX_LOST_PER_SEARCH),
    })
    .optional(),
})
export type SearchRequest = z.infer<typeof SearchRequest>

/** Lost files that this device was not searched for yet, if there are any. */
export const SearchResponse = z.object({
  fromNo: z.int().min(0),
  toNo: z.int().min(0),
  files: z.array(z.object({ fid: Fid, bytes: Bytes, checksum: Checksum })).max(MAX_LOST_PER_SEARCH),
})
export type SearchResponse = z.infer<typeof SearchResponse>
