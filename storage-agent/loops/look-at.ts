// One stretch of a device, compared copy by copy at the pace that was asked for, and reported in
// parts: findings do not pile up, and a crash costs little.
import { Fid } from '#shared/ids.ts'
import { MAX_FINDINGS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import type { ExpectedCopy, Finding, FoundSum, LookWindow } from '#shared/wire/looks.ts'
import { compare, fidOfStep } from '../disk/compare.ts'
import type { Device } from '../disk/device.ts'
import { type Damage, examineBytes, examineSize, type Place } from '../disk/examine.ts'
import type { Mount } from '../disk/mount.ts'
import { keepAside } from '../disk/quarantine.ts'
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

export async function lookAt(device: Device, window: LookWindow, deps: LookDeps): Promise<void> {
  const { mount, deviceId } = device
  if (mount === undefined) throw new Problem('device_unavailable', { deviceId })
  await mount.use(() => new Look(device, mount, window, deps).run())
}

class Look {
  readonly #device: Device
  readonly #mount: Mount
  readonly #place: Place
  readonly #window: LookWindow
  readonly #deps: LookDeps
  #part: Part
  /** Since the last rest. */
  #work = { files: 0, bytes: 0, sinceMs: 0 }

  constructor(device: Device, mount: Mount, window: LookWindow, deps: LookDeps) {
    this.#device = device
    this.#mount = mount
    this.#place = { root: mount.root, lane: device.lane, tally: device.tally }
    this.#window = window
    this.#deps = deps
    this.#part = this.#newPart(window.fromFid)
    this.#work.sinceMs = deps.clock.nowMs()
  }

  async run(): Promise<void> {
    const { copies, fromFid, toFid, isWhole, settledFid } = this.#window
    const { clock } = this.#deps
    const { root: path, lane } = this.#place
    const tree = isWhole ? { path, lane, passesDamage: true } : undefined
    for await (const step of compare(copies, { fromFid, toFid }, tree)) {
      if ('wanted' in step) await this.#examine(step.wanted)
      else if (step.unknown <= settledFid)
        this.#part.findings.push({ code: 'UNKN', fid: step.unknown })
      await this.#rest()

      const isOld = clock.nowMs() - this.#part.sinceMs >= LOOK_REPORT_MS
      const isFull = this.#part.findings.length >= MAX_FINDINGS
      if (isOld || isFull) await this.#report(fidOfStep(step))
    }
    if (this.#part.fromFid <= toFid) await this.#report(toFid)
  }

  async #examine(want: ExpectedCopy): Promise<void> {
    const found = await (this.#window.check === 'sizes'
      ? examineSize(this.#place, want)
      : examineBytes(this.#place, want, async (bytes) => {
          this.#part.bytes += bytes
          this.#work.bytes += bytes
          await this.#rest()
        }))
    this.#part.files++
    this.#work.files++
    const { fid, version } = want
    if (found === undefined) return
    if (found.code === 'sum') {
      this.#part.sums.push({ fid, version, checksum: found.checksum })
      return
    }
    // before it is reported: once the row is away, its place is to be erased
    if (found.code !== 'MISS' && this.#device.isWritable && !(await this.#keep(want.fid, found)))
      return
    this.#part.findings.push({ fid, version, ...found })
  }

  /** False where the disk has no room for a second name: then nobody hears of it in this lap. */
  async #keep(fid: Fid, { code }: Damage): Promise<boolean> {
    try {
      this.#part.aside.set(fid, await keepAside(this.#device, fid))
      return true
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'disk_full') throw error
      const { deviceId } = this.#device
      this.#deps.events.emit('error', 'damage.untold', { deviceId, fid, code, reason: error.code })
      return false
    }
  }

  async #report(toFid: number): Promise<void> {
    const { tracker, events, signal } = this.#deps
    const { deviceId } = this.#device
    const { fromFid, files, bytes, findings, sums, aside } = this.#part
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
