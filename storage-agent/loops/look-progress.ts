// How far a look at a stretch of a device is: what is to be reported, and when, so that findings do
// not pile up and a crash costs little; and the rests between, at the pace that was asked for.
import { Fid } from '#shared/ids.ts'
import { MAX_FINDINGS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import type { Finding, FoundSum, LookWindow } from '#shared/wire/looks.ts'
import type { Device } from '../disk/device.ts'
import type { Place } from '../disk/examine.ts'
import type { Mount } from '../disk/mount.ts'
import { LOOK_REPORT_MS, MAX_LOOK_REST_MS, MIN_LOOK_REST_MS } from '../limits.ts'
import { restMsAfter } from '../pace.ts'
import type { LookDeps } from './looks.ts'

/** What was looked at since the last report. */
interface Part {
  fromFid: number
  files: number
  bytes: number
  findings: Finding[]
  sums: FoundSum[]
  /** Takes the second names of damaged bytes away again. */
  aside: Map<Fid, () => Promise<void>>
  sinceMs: number
}

export class LookProgress {
  readonly place: Place
  readonly #device: Device
  readonly #mount: Mount
  readonly #window: LookWindow
  readonly #deps: LookDeps
  #part: Part
  /** Since the last rest. */
  #work = { files: 0, bytes: 0, sinceMs: 0 }

  constructor(device: Device, mount: Mount, window: LookWindow, deps: LookDeps) {
    this.place = { root: mount.root, lane: device.lane, tally: device.tally }
    this.#device = device
    this.#mount = mount
    this.#window = window
    this.#deps = deps
    this.#part = this.#newPart(window.fromFid)
    this.#work.sinceMs = deps.clock.nowMs()
  }

  /** For who adds what was found. */
  get part(): Part {
    return this.#part
  }

  /** What was done counts for the pace at once, and for the report when it is known what it was. */
  didLook(at: { files?: number; bytes?: number }): Promise<void> {
    this.#work.files += at.files ?? 0
    this.#work.bytes += at.bytes ?? 0
    return this.#rest()
  }

  /** All up to there was looked at: it is reported when that is due. */
  async reached(toFid: number): Promise<void> {
    const isOld = this.#deps.clock.nowMs() - this.#part.sinceMs >= LOOK_REPORT_MS
    if (isOld || this.#part.findings.length >= MAX_FINDINGS) await this.report(toFid)
  }

  /** What was reported already is not again. */
  async report(toFid: number): Promise<void> {
    const { fromFid, files, bytes, findings, sums, aside } = this.#part
    if (fromFid > toFid) return
    const { tracker, events, signal } = this.#deps
    const { deviceId } = this.#device
    const { fsckId } = this.#window
    const stretch = { fromFid: Fid.parse(fromFid), toFid: Fid.parse(toFid) }
    const told = { findings, ...(sums.length > 0 && { sums }) }
    const ask = { deviceId, fsckId, ...stretch, files, bytes, ...told }
    const { kept } = await tracker.findings(ask, signal)
    const facts = { deviceId, fsckId, ...stretch, files, bytes, findings: findings.length }
    events.emit(findings.length > 0 ? 'warn' : 'debug', 'device.looked', facts)
    for (const fid of kept) await aside.get(fid)?.()
    this.#part = this.#newPart(toFid + 1)
  }

  /** Somebody else has reported all before `fromFid`. */
  goOnFrom(fromFid: number): void {
    this.#part = this.#newPart(fromFid)
  }

  /** Rests too short for a timer are saved up. */
  async #rest(): Promise<void> {
    this.#throwIfOver()
    const { clock, signal } = this.#deps
    const { files, bytes, sinceMs } = this.#work
    const work = { files, bytes, tookMs: clock.nowMs() - sinceMs }
    let restMs = restMsAfter(work, this.#window, this.#device.isWanted)
    if (restMs < MIN_LOOK_REST_MS && work.tookMs < LOOK_REPORT_MS) return
    for (; restMs > 0; restMs -= MAX_LOOK_REST_MS) {
      await clock.sleep(Math.min(restMs, MAX_LOOK_REST_MS), signal)
      this.#throwIfOver()
    }
    this.#work = { files: 0, bytes: 0, sinceMs: clock.nowMs() }
  }

  /** Who unmounts a disk waits for us. */
  #throwIfOver(): void {
    this.#deps.signal.throwIfAborted()
    if (this.#device.mount !== this.#mount || !this.#device.isReadable)
      throw new Problem('device_unavailable', { deviceId: this.#device.deviceId })
  }

  #newPart(fromFid: number): Part {
    const { clock } = this.#deps
    const told = { findings: [], sums: [], aside: new Map() }
    return { fromFid, files: 0, bytes: 0, ...told, sinceMs: clock.nowMs() }
  }
}
