// Pulls one fid onto one of our devices. Safe to run twice: a good copy on disk is kept as it is
// (I5). The tracker records the replica only after our report: a crash costs a repeat, never a lie.
import { buffer } from 'node:stream/consumers'
import { kindOfChecksum } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { ReplicateJob } from '#shared/wire/agents.ts'
import type { Device } from '../disk/device.ts'
import { findCopy } from '../disk/find-copy.ts'
import { makeDurable } from '../disk/publish.ts'
import { quarantine } from '../disk/quarantine.ts'
import { storeLarge, storeSmall, type Terms } from '../disk/store.ts'
import { SMALL_BODY_BYTES } from '../limits.ts'
import type { JobDeps, JobOutcome } from './index.ts'
import { pull } from './pull/pull.ts'
import { SourceFailure, Sources } from './pull/sources.ts'

export async function replicate(job: ReplicateJob, deps: JobDeps): Promise<JobOutcome> {
  try {
    return await copyTo(deps.devices.get(job.deviceId), job, deps)
  } catch (error) {
    if (error instanceof Problem && isOurFault.has(error.code))
      return { outcome: 'hopeless', reason: error.code }
    throw error
  }
}

/** Our own device cannot take the copy: another one must. */
const isOurFault: ReadonlySet<string> = new Set(['disk_full', 'device_unavailable'])

async function copyTo(device: Device, job: ReplicateJob, deps: JobDeps): Promise<JobOutcome> {
  const { fid, deviceId, bytes } = job
  const found = await findCopy(device, fid, job)
  if (found === 'good') {
    await makeDurable(device, fid)
    return { outcome: 'done' }
  }

  if (!device.takesReplicas) return { outcome: 'hopeless', reason: 'device_unavailable' }
  if (!device.hasRoomFor(bytes)) return { outcome: 'hopeless', reason: 'disk_full' }
  if (found === 'wrong') {
    const kept = await quarantine(device, fid)
    deps.events.emit('error', 'file.quarantined', { deviceId, fid, kept })
  }
  return pullFromAny(job, device, deps)
}

/** Until one way of putting it together gives the bytes of this fid, or nobody is left to ask. */
async function pullFromAny(job: ReplicateJob, device: Device, deps: JobDeps): Promise<JobOutcome> {
  const { fid, deviceId } = job
  const sources = new Sources(job.sources)
  while (sources.begin()) {
    try {
      await store(job, device, pull(job, sources, device, deps))
      deps.events.emit('debug', 'replica.stored', { deviceId, fid })
      return { outcome: 'done' }
    } catch (error) {
      if (error instanceof WrongBytes) {
        const from = sources.distrustGivers().map((giver) => giver.deviceId)
        deps.events.emit('warn', 'source.lied', { deviceId, fid, from, reason: error.message })
      } else if (!(error instanceof SourceFailure)) throw error
    }
  }
  return { outcome: 'retry', reason: 'no_good_source' }
}

/** All bytes came, and they are not the fid's. */
class WrongBytes extends Error {
  override readonly name = 'WrongBytes'
}

async function store(
  { fid, bytes, checksum }: ReplicateJob,
  device: Device,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const terms: Terms = {
    maxBytes: bytes,
    expectedBytes: bytes,
    checksumKind: kindOfChecksum(checksum),
    check(received) {
      if (received.checksum !== checksum) throw new WrongBytes(`sent ${received.checksum}`)
    },
  }
  if (bytes > SMALL_BODY_BYTES) await storeLarge(device, fid, chunks, terms)
  else await storeSmall(device, fid, await buffer(chunks), terms)
}
