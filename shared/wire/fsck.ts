// What operators ask to be looked at, how far it is, and what was found.
import * as z from 'zod'
import { FsckCode } from '../fsck-codes.ts'
import { DeviceId, DomainName, Fid, Key, Name } from '../ids.ts'
import { FSCK_LOG_MAX } from '../limits.ts'

/** `policy` asks no disk; `sizes` looks at names and lengths; `checksums` reads every byte. */
export const FsckCheck = z.enum(['policy', 'sizes', 'checksums'])
export type FsckCheck = z.infer<typeof FsckCheck>

const Pace = {
  bytesPerS: z.int().positive().optional(),
  filesPerS: z.int().positive().max(1_000_000).optional(),
}

/** Without a scope everything is looked at. The pace is that of each device. */
export const NewFsck = z
  .strictObject({
    check: FsckCheck.default('checksums'),
    domain: DomainName.optional(),
    class: Name.optional(),
    prefix: Key.optional(),
    deviceId: DeviceId.optional(),
    /** Files before it are passed over. */
    fromFid: z.int().min(1).optional(),
    ...Pace,
  })
  .refine(
    ({ domain, class: its, prefix }) =>
      domain !== undefined || (its === undefined && prefix === undefined),
    'a class or a prefix is one of a domain: name it',
  )
export type NewFsck = z.infer<typeof NewFsck>
export const StartedFsck = z.object({ fsckId: z.int() })
export type StartedFsck = z.infer<typeof StartedFsck>

export const FsckState = z.enum(['running', 'paused', 'stopped', 'done'])
export type FsckState = z.infer<typeof FsckState>
/** `stopped` is for ever. */
export const FsckChange = z.strictObject({ state: z.enum(['running', 'paused', 'stopped']) })
export type FsckChange = z.infer<typeof FsckChange>

/** How far a run is on one device. `deviceId` null: the trackers, which look at policies. */
export const FsckProgress = z.object({
  deviceId: DeviceId.nullable(),
  host: z.string().nullable(),
  /** Of the fids that there were when it began, 0 to 1. */
  share: z.number().min(0).max(1),
  /** Looked at up to this fid, of those up to that one. */
  checkedFid: z.int().min(0),
  lastFid: z.int().min(0),
  files: z.int(),
  bytes: z.int(),
  startedAtMs: z.number(),
  doneAtMs: z.number().nullable(),
  /** Why it does not go on, where that is known. */
  waits: z.string().nullable(),
})
export type FsckProgress = z.infer<typeof FsckProgress>

export const FsckRun = z.object({
  /** 0 is the scrub, which goes on for ever. */
  fsckId: z.int(),
  check: FsckCheck,
  domain: z.string().nullable(),
  class: z.string().nullable(),
  prefix: z.string().nullable(),
  deviceId: DeviceId.nullable(),
  bytesPerS: z.number().nullable(),
  filesPerS: z.number().nullable(),
  state: FsckState,
  startedAtMs: z.number(),
  changedAtMs: z.number(),
  /** Events by code. */
  counts: z.record(z.string(), z.int()),
  devices: z.array(FsckProgress),
})
export type FsckRun = z.infer<typeof FsckRun>

/** The newest run first. `lost`: files of which no good copy is known, at this moment. */
export const FsckList = z.object({
  runs: z.array(FsckRun),
  lost: z.object({ searching: z.int(), gone: z.int() }),
  /** Of the newest event, 0 where there was none. */
  lastEventId: z.int(),
})
export type FsckList = z.infer<typeof FsckList>

export const FsckLogQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(FSCK_LOG_MAX).default(FSCK_LOG_MAX),
  fsckId: z.coerce.number().pipe(z.int32().min(0)).optional(),
})

/** `domain` and `key` are null where the file is gone by now. */
export const FsckEvent = z.object({
  eventId: z.int(),
  atMs: z.number(),
  fsckId: z.int(),
  code: FsckCode,
  says: z.string(),
  fid: Fid,
  deviceId: DeviceId.nullable(),
  detail: z.string().nullable(),
  domain: z.string().nullable(),
  key: z.string().nullable(),
})
export type FsckEvent = z.infer<typeof FsckEvent>

/** The oldest first. Go on with `after=nextAfter`: there may be more later. */
export const FsckLog = z.object({ events: z.array(FsckEvent), nextAfter: z.int() })
export type FsckLog = z.infer<typeof FsckLog>
