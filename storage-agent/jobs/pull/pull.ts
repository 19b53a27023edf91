// All bytes of a file from the nodes that hold it, at the pace of the device that they come to:
// from several at once where it is large, from one after the other else.
import type { ReplicateJob } from '#shared/wire/agents.ts'
import type { Device } from '../../disk/device.ts'
import { SEGMENTS_PER_SOURCE } from '../../limits.ts'
import type { JobDeps } from '../index.ts'
import { readSplit, takeSegments } from './read-split.ts'
import { type Pulling, readStretch } from './read-stretch.ts'
import type { Sources } from './sources.ts'

/** Nothing pays for less than two at a time. */
const FEWEST_SEGMENTS = 2

/** Throws a SourceFailure when nobody is left to ask. */
export async function* pull(
  { fid, bytes }: ReplicateJob,
  sources: Sources,
  device: Device,
  { nodes, clock, events, signal }: JobDeps,
): AsyncGenerator<Uint8Array, void, void> {
  const { deviceId, pace, inflow } = device
  const of: Pulling = {
    bytes,
    sources,
    nodes,
    clock,
    signal,
    stallMs: pace.stallMs,
    onFailure({ deviceId: from }, reason, position) {
      events.emit('warn', 'source.failed', { deviceId, fid, from, reason, position })
    },
  }
  const maySplit = pace.splitBytes > 0 && bytes > pace.splitBytes && sources.usable > 1
  using room = takeSegments(maySplit ? sources.usable * SEGMENTS_PER_SOURCE : 0)
  const chunks =
    room.segments >= FEWEST_SEGMENTS ? readSplit(room.segments, of) : readStretch(0, bytes, of)
  for await (const chunk of chunks) {
    const held = inflow.pass(chunk.length, signal)
    if (held !== undefined) await held
    yield chunk
  }
}
