// Keeps the catalogue of each device: what the database says of its files, beside their bytes. Asks
// after a sync, in batches, for what came, went or changed. A crash costs questions asked again.
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import type { DeviceId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { SyncResponse } from '#shared/wire/agents.ts'
import type { ChangedResponse } from '#shared/wire/catalogue.ts'
import type { Device } from '../disk/device.ts'
import type { Devices } from '../disk/devices.ts'
import { CATALOGUE_EVERY_MS, CATALOGUE_REST, MAX_CATALOGUE_RETRY_MS } from '../limits.ts'
import { type Tracker, TrackersSilent } from '../tracker.ts'
import { DeviceCatalogue } from './device-catalogue.ts'

export interface CatalogueDeps {
  devices: Devices
  tracker: Tracker
  clock: Clock
  events: Events
  signal: AbortSignal
}

export class Catalogue {
  readonly #deps: CatalogueDeps
  readonly #known = new Map<DeviceId, DeviceCatalogue>()
  #running: Promise<void> | undefined
  #notBeforeMs = Number.NEGATIVE_INFINITY

  constructor(deps: CatalogueDeps) {
    this.#deps = deps
  }

  /** One round at a time; an idle cluster is asked no more often than it is synced with. */
  follow({ settledFid }: SyncResponse): void {
    const { clock, signal } = this.#deps
    if (signal.aborted || this.#running !== undefined || clock.nowMs() < this.#notBeforeMs) return
    this.#notBeforeMs = clock.nowMs() + CATALOGUE_EVERY_MS
    this.#running = this.#round(settledFid)
  }

  async finished(): Promise<void> {
    await this.#running
  }

  /** Never rejects. */
  async #round(settledFid: number): Promise<void> {
    try {
      const catalogues = await this.#opened()
      await this.#hear(catalogues)
      await Promise.all(catalogues.map((its) => this.#compare(its, settledFid)))
    } catch (error) {
      this.#note(error)
    } finally {
      this.#running = undefined
    }
  }

  /** Those of the devices that can be written to now. */
  async #opened(): Promise<DeviceCatalogue[]> {
    const opening = this.#deps.devices.all().map((device) => this.#open(device))
    const opened = await Promise.all(opening)
    return opened.filter((each) => each !== undefined)
  }

  async #open(device: Device): Promise<DeviceCatalogue | undefined> {
    const { deviceId, mount } = device
    if (!device.isWritable || mount === undefined) return undefined
    const known = this.#known.get(deviceId)
    if (known?.mount === mount) return known
    try {
      const opened = await DeviceCatalogue.open(device, mount, this.#deps)
      this.#known.set(deviceId, opened)
      return opened
    } catch (error) {
      this.#note(error, deviceId)
      return undefined
    }
  }

  /** What happened to known files since the last time, by the device that has heard the least. */
  async #hear(catalogues: readonly DeviceCatalogue[]): Promise<void> {
    const { tracker, clock, signal } = this.#deps
    const groups = Map.groupBy(catalogues, ({ after }) => after)
    for (const [after, group] of groups) {
      let from = after
      for (let isMore = true; isMore && !signal.aborted; ) {
        const [digest = '', ...others] = new Set(group.map((each) => each.definitionsDigest))
        const known = others.length === 0 ? digest : ''
        const nowMs = clock.nowMs()
        const isOld = group.some((each) => each.areDefinitionsOld(nowMs))
        const ask = { after: from, definitions: isOld ? known : null }
        const heard = await tracker.changed(ask, signal)
        for (const each of group) await this.#tell(each, heard, isOld ? nowMs : undefined)
        ;({ after: from, isMore } = heard)
      }
    }
  }

  /** A disk that is full takes no definitions, and keeps no other from hearing them. */
  async #tell(catalogue: DeviceCatalogue, heard: ChangedResponse, definedAtMs?: number) {
    try {
      await catalogue.hear(heard, definedAtMs)
    } catch (error) {
      this.#note(error, catalogue.deviceId)
    }
  }

  /** A disk that fails does not keep the others from being compared. */
  async #compare(catalogue: DeviceCatalogue, settledFid: number): Promise<void> {
    const { clock, signal } = this.#deps
    try {
      for (;;) {
        const startedMs = clock.nowMs()
        if (signal.aborted || !(await catalogue.compareSome(settledFid))) return
        await clock.sleep((clock.nowMs() - startedMs) * CATALOGUE_REST, signal)
      }
    } catch (error) {
      this.#note(error, catalogue.deviceId)
    }
  }

  #note(error: unknown, deviceId?: DeviceId): void {
    const { events, signal, clock } = this.#deps
    if (signal.aborted) return
    // a tracker of an earlier version has no catalogue to tell of
    if (error instanceof Problem && error.code === 'unknown_route')
      this.#notBeforeMs = clock.nowMs() + MAX_CATALOGUE_RETRY_MS
    const isExpected = error instanceof Problem || error instanceof TrackersSilent
    const facts = { ...(deviceId !== undefined && { deviceId }), ...errorFacts(error) }
    events.emit(isExpected ? 'warn' : 'error', 'catalogue.failed', facts)
  }
}
