// What an agent and a tracker say to each other. The agent asks, always; a tracker never calls it,
// but for the HEAD that verifies a path or a close.
import * as z from 'zod'
import { Checksum, DeviceId, Fid, HostId, JobId } from '../ids.ts'
import {
  MAX_DEVICES_PER_HOST,
  MAX_INVENTORY_FIDS,
  MAX_JOBS_PER_SYNC,
  MAX_KEYS_PER_HOST,
  MAX_REPORTS_PER_SYNC,
  MAX_URL_LENGTH,
} from '../limits.ts'
import { mayBeANode } from '../node-address.ts'
import { DeviceCondition, DeviceState } from '../states.ts'
import { Bytes } from './files.ts'

/**
 * Raised when old and new cannot talk. New fields do not raise it: agents and trackers are replaced
 * one after the other, so each passes over what it does not know, fields and kinds of jobs alike.
 */
export const PROTOCOL_VERSION = 1
/** A tracker serves all from here on. */
export const OLDEST_PROTOCOL = 1

/** A host's key for tickets and receipts, in base64url. Several are valid at a time. */
export const WireKey = z.object({ version: z.int().positive(), key: z.string() })
export type WireKey = z.infer<typeof WireKey>

/** Where clients reach an agent: scheme, host and port. A path in it would not be served. */
const AgentUrl = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL_LENGTH)
  .refine(mayBeANode, 'no node can be there')
  .transform((url) => new URL(url).origin)

export const EnrollRequest = z.object({
  protocol: z.int().positive(),
  token: z.string().max(200),
  url: AgentUrl,
  /** How many new devices to number. */
  newDevices: z.int().min(0).max(MAX_DEVICES_PER_HOST),
})
export type EnrollRequest = z.infer<typeof EnrollRequest>

export const Enrolled = z.object({
  clusterId: z.uuid(),
  hostId: HostId,
  host: z.string(),
  credential: z.string(),
  deviceIds: z.array(DeviceId),
  keys: z.array(WireKey).min(1),
})
export type Enrolled = z.infer<typeof Enrolled>

/** What an agent measured of one device since its last sync. */
export const DeviceGauge = z.object({
  deviceId: DeviceId,
  condition: DeviceCondition,
  /** Why, where the condition is not ok. */
  reason: z.string().max(200).optional(),
  bytesTotal: Bytes,
  bytesFree: Bytes,
  /** Share of the time that the device was busy, 0 to 1; null where the kernel does not say. */
  utilization: z.number().min(0).max(1).nullable(),
})
export type DeviceGauge = z.infer<typeof DeviceGauge>

const Lease = z.object({ jobId: JobId, attempt: z.int32().positive() })
const reports = <Report extends z.ZodType>(report: Report) =>
  z.array(report).max(MAX_REPORTS_PER_SYNC).default([])

/** `retry` waits and tries again; `hopeless` asks for another place. */
export const FailureReport = Lease.extend({
  outcome: z.enum(['retry', 'hopeless']),
  reason: z.string().max(200),
})
export type FailureReport = z.infer<typeof FailureReport>

export const SyncRequest = z.object({
  protocol: z.int().positive(),
  version: z.string().max(50),
  url: AgentUrl,
  /** The first sync of a process: what an earlier one had leased is free at once. */
  started: z.boolean().optional(),
  /** The newest key version that the agent holds. */
  keyVersion: z.int32().min(0),
  /** All keys that it holds, by `keyId`. An agent that does not say gets them all. */
  keyIds: z.array(z.string().max(64)).max(MAX_KEYS_PER_HOST).default([]),
  devices: z.array(DeviceGauge).max(MAX_DEVICES_PER_HOST),
  done: reports(Lease),
  failed: reports(FailureReport),
  renew: reports(Lease),
  want: z.int().min(0).max(MAX_JOBS_PER_SYNC),
})
export type SyncRequest = z.infer<typeof SyncRequest>

const leased = { jobId: JobId, attempt: z.int32().positive(), fid: Fid, deviceId: DeviceId }

/** Pull the fid from one of the sources onto our device. An empty list: no copy can be read now. */
export const ReplicateJob = z.object({
  kind: z.literal('replicate'),
  ...leased,
  bytes: Bytes,
  checksum: Checksum,
  sources: z.array(z.object({ deviceId: DeviceId, url: z.string() })),
})
export type ReplicateJob = z.infer<typeof ReplicateJob>

/** Erase the fid from our device; that it is gone already is success. */
export const DeleteJob = z.object({ kind: z.literal('delete'), ...leased })
export type DeleteJob = z.infer<typeof DeleteJob>

export const LeasedJob = z.discriminatedUnion('kind', [ReplicateJob, DeleteJob])
export type LeasedJob = z.infer<typeof LeasedJob>

const kinds: ReadonlySet<string> = new Set(LeasedJob.options.map(({ shape }) => shape.kind.value))
/** Of a newer tracker: its lease runs out, and an agent that knows it takes it. */
const UnknownJob = z
  .looseObject({ kind: z.string().refine((kind) => !kinds.has(kind)) })
  .transform(() => undefined)
const LeasedJobs = z
  .array(z.union([LeasedJob, UnknownJob]))
  .transform((jobs) => jobs.filter((job) => job !== undefined))

export const DeviceOrder = z.object({
  deviceId: DeviceId,
  state: DeviceState,
  /** Every fid up to here was compared with the database: see `InventoryRequest`. */
  sweptFid: z.int().min(0),
  /** There are copies to look at, or lost files to search for: wire/looks.ts. */
  look: z.boolean().optional(),
  search: z.boolean().optional(),
})
export type DeviceOrder = z.infer<typeof DeviceOrder>

/** How gentle background work is; what each means: settings.ts. Who is not told, guesses. */
export const WorkPace = z.object({
  jobsPerDevice: z.int().positive(),
  /** 0: as fast as it goes. */
  readBytesPerS: z.number().min(0),
  writeBytesPerS: z.number().min(0),
  /** Both ways, while clients wait for the device; 0: it never yields. */
  yieldBytesPerS: z.number().min(0),
  busyPercent: z.number(),
  slowMs: z.number(),
  /** 0: no copy is read from several sources at once. */
  splitBytes: z.number().min(0),
  stallMs: z.int().positive(),
})
export type WorkPace = z.infer<typeof WorkPace>

export const SyncResponse = z.object({
  nowMs: z.number(),
  pollAfterMs: z.int().min(0),
  leaseMs: z.int().positive(),
  jobs: LeasedJobs,
  devices: z.array(DeviceOrder),
  /** No ticket to store a fid up to here is valid any more. */
  settledFid: z.int().min(0),
  pace: WorkPace.optional(),
  /** Only when the agent's keys are not the ones that it should hold; the current one first. */
  keys: z.array(WireKey).optional(),
})
export type SyncResponse = z.infer<typeof SyncResponse>

/**
 * All fids that lie on a device between two numbers (inclusive). Those that nothing in the
 * database names become delete jobs. `fromFid` is the device's sweptFid + 1.
 */
export const InventoryRequest = z
  .object({
    deviceId: DeviceId,
    fromFid: Fid,
    toFid: Fid,
    fids: z.array(Fid).max(MAX_INVENTORY_FIDS),
  })
  .refine(({ fromFid, toFid }) => fromFid <= toFid, 'toFid is before fromFid')
  .refine(
    ({ fromFid, toFid, fids }) => fids.every((fid) => fromFid <= fid && fid <= toFid),
    'a fid is outside of the range',
  )
export type InventoryRequest = z.infer<typeof InventoryRequest>

export const InventoryResponse = z.object({ strays: z.int().min(0), sweptFid: z.int().min(0) })
export type InventoryResponse = z.infer<typeof InventoryResponse>

/** The agent closes a one-step put: its own credential, its own receipt. */
export const CommitRequest = z.object({
  fid: Fid,
  deviceId: DeviceId,
  receipt: z.string().max(512),
})
export type CommitRequest = z.infer<typeof CommitRequest>
