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
    const kept = await quarantine(device, fid, deps.clock.nowMs())
    deps.events.emit('error', 'file.quarantined', { deviceId, fid, kept })
  }
  return pullFromAny(job, device, deps)
}

async function pullFromAny(job: ReplicateJob, device: Device, deps: JobDeps): Promise<JobOutcome> {
  const { fid, deviceId, sources } = job
  for (const source of sources) {
    try {
      await pull(job, source.url, device, deps)
      deps.events.emit('debug', 'replica.stored', { deviceId, fid, from: source.deviceId })
      return { outcome: 'done' }
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error
      const { message: reason } = error // the next replica may serve it
      deps.events.emit('warn', 'source.failed', { deviceId, fid, from: source.deviceId, reason })
    }
  }
  return { outcome: 'retry', reason: 'no_good_source' }
}

/** A node that is down, a file that is gone, bytes that are not the fid's. */
class SourceFailure extends Error {
  override readonly name = 'SourceFailure'
}

async function pull(job: ReplicateJob, url: string, device: Device, { nodes, signal }: JobDeps) {
  const { fid, bytes, checksum } = job
  const answer = await nodes.get(url, signal)
  if (answer.body === undefined) throw new SourceFailure(answer.reason)
  const terms: Terms = {
    maxBytes: bytes,
    checksumKind: kindOfChecksum(checksum),
    check(received) {
      if (received.bytes !== bytes) throw new SourceFailure(`sent ${received.bytes} bytes`)
      if (received.checksum !== checksum) throw new SourceFailure(`sent ${received.checksum}`)
    },
  }
  try {
    const chunks = readSource(answer.body, bytes)
    if (bytes > SMALL_BODY_BYTES) await storeLarge(device, fid, chunks, terms)
    else await storeSmall(device, fid, await buffer(chunks), terms)
  } finally {
    answer.discard()
  }
}

async function* readSource(
  body: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  let received = 0
  try {
    for await (const chunk of body) {
      received += chunk.length
      if (received > bytes) throw new Error(`sent more than ${bytes} bytes`)
      yield chunk
    }
  } catch (error) {
    throw new SourceFailure(error instanceof Error ? error.message : String(error), {
      cause: error,
    })
  }
}
