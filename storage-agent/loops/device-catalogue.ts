// The catalogue of one mounted device, held against the database leaf by leaf: a digest of each is
// sent, and those that differ come back whole.
import type { Clock } from '#shared/clock.ts'
import type { Fid } from '#shared/ids.ts'
import { MAX_COMPARED_LEAVES } from '#shared/limits.ts'
import { CatalogueEntry, type ChangedResponse } from '#shared/wire/catalogue.ts'
import { dateLeaf, learnLeaf, readLeaf } from '../disk/catalogue/leaf-file.ts'
import { digestOf, type LeafContent } from '../disk/catalogue/lines.ts'
import {
  type Definitions,
  digestOfDefinitions,
  type Progress,
  readDefinitions,
  readProgress,
  writeDefinitions,
  writeProgress,
} from '../disk/catalogue/progress.ts'
import { staleLeaves } from '../disk/catalogue/stale.ts'
import type { Device } from '../disk/device.ts'
import type { Mount } from '../disk/mount.ts'
import { DEFINITIONS_EVERY_MS, FILE_TIME_MARGIN_MS } from '../limits.ts'
import type { Tracker } from '../tracker.ts'

interface Deps {
  tracker: Tracker
  clock: Clock
  signal: AbortSignal
}

const Named = CatalogueEntry.pick({ fid: true })

export class DeviceCatalogue {
  readonly mount: Mount
  readonly #device: Device
  readonly #deps: Deps
  #progress: Progress
  /** The same as it is on the disk. */
  #recorded: Progress
  #definitions: Definitions | undefined
  /** When they were last asked for. */
  #definedAtMs = Number.NEGATIVE_INFINITY
  /** What is still to be found out about the disk as it was when it was mounted. */
  #stale: AsyncGenerator<number, void, undefined> | undefined

  static async open(device: Device, mount: Mount, deps: Deps): Promise<DeviceCatalogue> {
    const { lane } = device
    return mount.use(async ({ root }) => {
      const progress = await readProgress(root, lane)
      const definitions = await readDefinitions(root, lane)
      return new DeviceCatalogue({ device, mount, progress, definitions }, deps)
    })
  }

  private constructor(
    given: {
      device: Device
      mount: Mount
      progress: Progress
      definitions: Definitions | undefined
    },
    deps: Deps,
  ) {
    this.#device = given.device
    this.mount = given.mount
    this.#progress = given.progress
    this.#recorded = given.progress
    this.#definitions = given.definitions
    this.#deps = deps
    this.#look(this.#progress.completeFid)
  }

  get deviceId() {
    return this.#device.deviceId
  }

  get after(): string | null {
    return this.#progress.after
  }

  get definitionsDigest(): string {
    return digestOfDefinitions(this.#definitions)
  }

  areDefinitionsOld(nowMs: number): boolean {
    return nowMs - this.#definedAtMs >= DEFINITIONS_EVERY_MS
  }

  /** What the feed says. Durable only when all that it made due has been compared. */
  async hear(heard: ChangedResponse, definedAtMs?: number): Promise<void> {
    this.#definedAtMs = definedAtMs ?? this.#definedAtMs
    for (const { deviceId, fid } of heard.places)
      if (deviceId === this.deviceId) this.#device.due.touched(fid)
    if (heard.isCut) this.#look(0)
    this.#progress = { ...this.#progress, after: heard.after }
    if (heard.definitions === null) return
    const definitions = { text: heard.definitions, readMs: heard.nowMs }
    await this.mount.use(({ root }) => writeDefinitions(root, this.#device.lane, definitions))
    this.#definitions = definitions
  }

  /** Holds a few leaves against the database. False: there is nothing to compare now. */
  async compareSome(settledFid: number): Promise<boolean> {
    const device = this.#device
    if (device.mount !== this.mount || !device.isWritable) return false
    return this.mount.use(async (mount) => {
      const leaves = await this.#nextLeaves(settledFid)
      if (leaves.length === 0) {
        await this.#record(settledFid)
        return false
      }
      try {
        await this.#compare(leaves, mount, settledFid)
      } catch (error) {
        device.due.giveBack(leaves, this.#deps.clock.nowMs())
        throw error
      }
      return true
    })
  }

  async #nextLeaves(settledFid: number): Promise<number[]> {
    const { due } = this.#device
    const nowMs = this.#deps.clock.nowMs()
    const leaves = due.take(MAX_COMPARED_LEAVES, nowMs, settledFid)
    while (this.#stale !== undefined && leaves.length < MAX_COMPARED_LEAVES) {
      const next = await this.#stale.next()
      if (next.done === true) this.#stale = undefined
      else if (!leaves.includes(next.value)) leaves.push(next.value)
    }
    return leaves
  }

  async #compare(leaves: readonly number[], mount: Mount, settledFid: number): Promise<void> {
    const { tracker, clock, signal } = this.#deps
    const { lane, due } = this.#device
    const askedMs = clock.nowMs()
    const known = new Map<number, LeafContent>()
    for (const leaf of leaves) known.set(leaf, await readLeaf(mount.root, lane, leaf))
    const told = await tracker.compare(
      {
        deviceId: this.deviceId,
        leaves: Array.from(known, ([leaf, { live }]) => {
          return { leaf, files: live.size, digest: digestOf(live) }
        }),
      },
      signal,
    )
    const differing = new Map(told.leaves.map((each) => [each.leaf, each]))
    const untold = new Set(told.untold)
    for (const [leaf, content] of known) {
      if (untold.has(leaf)) {
        due.suspect(leaf)
        continue
      }
      const news = differing.get(leaf)
      const described = new Set(content.live.keys())
      if (news !== undefined) {
        const entries = news.entries.map((text) => ({ fid: fidIn(text), text }))
        const learnt = { entries, live: new Set(news.live), nowMs: told.nowMs }
        await learnLeaf(mount, lane, leaf, content, learnt)
        for (const { fid } of entries) described.add(fid)
      }
      await dateLeaf(mount.root, lane, leaf, askedMs - FILE_TIME_MARGIN_MS)
      due.settle(leaf, described, clock.nowMs(), settledFid)
    }
  }

  #look(completeFid: number): void {
    this.#stale = staleLeaves(this.mount.root, this.#device.lane, completeFid)
  }

  /** Nothing is due: a crash need not ask again for what was asked until now. */
  async #record(settledFid: number): Promise<void> {
    const { lane, due } = this.#device
    if (!due.isQuiet(settledFid)) return
    const progress = { after: this.#progress.after, completeFid: settledFid }
    const { after, completeFid } = this.#recorded
    if (after === progress.after && completeFid === progress.completeFid) return
    await writeProgress(this.mount.root, lane, progress)
    this.#progress = progress
    this.#recorded = progress
  }
}

const fidIn = (text: string): Fid => Named.parse(JSON.parse(text)).fid
