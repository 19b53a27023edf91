// Jobs as a tracker leases them.
import { createHash } from 'node:crypto'
import { Checksum, DeviceId, Fid, JobId } from '#shared/ids.ts'
import type { DeleteJob, ReplicateJob } from '#shared/wire/agents.ts'

let jobs = 0

export const nextJobId = (): JobId => JobId.parse(++jobs)

export const checksumOf = (bytes: Uint8Array): Checksum =>
  Checksum.parse(`SHA-256:${createHash('sha256').update(bytes).digest('hex')}`)

/** A copy of these bytes onto device 1, from the given URLs. */
export const replicateJob = (
  fid: number,
  bytes: Uint8Array,
  urls: readonly string[],
): ReplicateJob => ({
  kind: 'replicate',
  jobId: nextJobId(),
  attempt: 1,
  fid: Fid.parse(fid),
  deviceId: DeviceId.parse(1),
  bytes: bytes.length,
  checksum: checksumOf(bytes),
  sources: urls.map((url) => ({ deviceId: DeviceId.parse(9), url })),
})

export const deleteJob = (fid: number): DeleteJob => ({
  kind: 'delete',
  jobId: nextJobId(),
  attempt: 1,
  fid: Fid.parse(fid),
  deviceId: DeviceId.parse(1),
})
