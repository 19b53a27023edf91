// Names every fid on a device to the tracker, once (promise 7): what the database does not know, it
// has erased. Begins where the tracker says that it ended, so a crash costs one directory at most.
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import { type DeviceId, Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { DeviceOrder, SyncResponse } from '#shared/wire/agents.ts'
import type { Device } from '../disk/device.ts'
import type { Devices } from '../disk/devices.ts'
import { listFids, MAX_ORDERED_FID } from '../disk/list-fids.ts'
import { SWEEP_REST_MS } from '../limits.ts'
import { type Tracker, TrackersSilent } from '../tracker.ts'

export interface SweepDeps {
  devices: Devices
  tracker: Tracker
  clock: Clock
  events: Events
  signal: AbortSignal
}

export class Sweep {
  readonly #deps: SweepDeps
  #running: Promise<void> | undefined

  constructor(deps: SweepDeps) {
    this.#deps = deps
  }

  /** One pass over all devices at a time; what was settled meanwhile is for the next one. */
  follow({ devices, settledFid }: SyncResponse): void {
    const lastFid = Math.min(settledFid, MAX_ORDERED_FID)
    const behind = devices.filter(({ sweptFid }) => sweptFid < lastFid)
    if (behind.length > 0) this.#running ??= this.#pass(behind, lastFid)
  }

  async finished(): Promise<void> {
    await this.#running
  }

  async #pass(behind: SyncResponse['devices'], lastFid: number): Promise<void> {
    for (const order of behind) await this.#trySweep(order, lastFid)
    this.#running = undefined
  }

  /** A disk that fails does not keep the others from being swept. */
  async #trySweep({ deviceId, sweptFid }: DeviceOrder, lastFid: number): Promise<void> {
    try {
      const device = this.#deps.devices.get(deviceId)
      if (device.isReadable) await sweepDevice(device, sweptFid, lastFid, this.#deps)
    } catch (error) {
      this.#note(deviceId, error)
    }
  }

  /** The next sync begins another pass. */
  #note(deviceId: DeviceId, error: unknown): void {
    const { events, signal } = this.#deps
    if (signal.aborted) return
    const isExpected = error instanceof Problem || error instanceof TrackersSilent
    events.emit(isExpected ? 'warn' : 'error', 'sweep.failed', { deviceId, ...errorFacts(error) })
  }
}

async function sweepDevice(
  device: Device,
  sweptFid: number,
  lastFid: number,
  { tracker, clock, events, signal }: SweepDeps,
): Promise<void> {
  const { deviceId } = device
  let swept = sweptFid
  const tell = async (toFid: number, fids: readonly Fid[]) => {
    const [fromFid, known] = [Fid.parse(swept + 1), fids.filter((fid) => fid > swept)]
    const ask = { deviceId, fromFid, toFid: Fid.parse(toFid), fids: known }
    const answer = await tracker.inventory(ask, signal)
    swept = answer.sweptFid
    events.emit(answer.strays > 0 ? 'warn' : 'debug', 'device.swept', { deviceId, ...answer })
  }

  for await (const leaf of listFids(device, { fromFid: sweptFid + 1, toFid: lastFid })) {
    if (signal.aborted) return
    const toFid = Math.min(leaf.lastFid, lastFid)
    if (toFid > swept) await tell(toFid, leaf.fids)
    await clock.sleep(SWEEP_REST_MS, signal)
  }
  if (swept < lastFid && !signal.aborted) await tell(lastFid, [])
}
