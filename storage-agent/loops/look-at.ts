// One stretch of a device, compared with the database: by digests where these are enough, and copy
// by copy where they differ or bytes are to be read.
import { Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { DigestedRange, ExpectedCopy, LookWindow } from '#shared/wire/looks.ts'
import { compare, fidOfStep } from '../disk/compare.ts'
import type { Device } from '../disk/device.ts'
import { digestRange, EMPTY_DIGEST } from '../disk/digest-range.ts'
import { type Damage, examineBytes, examineSize } from '../disk/examine.ts'
import { keepAside } from '../disk/quarantine.ts'
import { LookProgress } from './look-progress.ts'
import type { LookDeps } from './looks.ts'

export async function lookAt(device: Device, window: LookWindow, deps: LookDeps): Promise<void> {
  const { mount, deviceId } = device
  if (mount === undefined) throw new Problem('device_unavailable', { deviceId })
  await mount.use(() => {
    const look = new Look(device, window, new LookProgress(device, mount, window, deps), deps)
    return window.ranges ? look.byDigests(window.ranges) : look.byCopies()
  })
}

class Look {
  readonly #device: Device
  readonly #window: LookWindow
  readonly #progress: LookProgress
  readonly #deps: LookDeps

  constructor(device: Device, window: LookWindow, progress: LookProgress, deps: LookDeps) {
    this.#device = device
    this.#window = window
    this.#progress = progress
    this.#deps = deps
  }

  /** Ends early where the database has changed meanwhile: the next window says how. */
  async byDigests(ranges: readonly DigestedRange[]): Promise<void> {
    const { toFid } = this.#window
    let { fromFid }: { fromFid: number } = this.#window
    for (const range of [...ranges, { toFid, files: 0, digest: EMPTY_DIGEST }]) {
      const stretch = { fromFid, toFid: range.toFid }
      if (await this.#isAsDigested(stretch, range.digest)) {
        this.#progress.part.files += range.files
        await this.#progress.reached(range.toFid)
      } else {
        await this.#progress.report(fromFid - 1)
        if (!(await this.#copyByCopy(stretch))) return
        this.#progress.goOnFrom(range.toFid + 1)
      }
      fromFid = range.toFid + 1
    }
    await this.#progress.report(toFid)
  }

  async byCopies(): Promise<void> {
    const { copies, fromFid, toFid, isWhole, settledFid } = this.#window
    const { root: path, lane } = this.#progress.place
    const tree = isWhole ? { path, lane, passesDamage: true } : undefined
    for await (const step of compare(copies, { fromFid, toFid }, tree)) {
      if ('wanted' in step) await this.#examine(step.wanted)
      else if (step.unknown <= settledFid)
        this.#progress.part.findings.push({ code: 'UNKN', fid: step.unknown })
      await this.#progress.didLook({ files: 'wanted' in step ? 1 : 0 })
      await this.#progress.reached(fidOfStep(step))
    }
    await this.#progress.report(toFid)
  }

  async #isAsDigested(
    stretch: { fromFid: number; toFid: number },
    digest: string,
  ): Promise<boolean> {
    if (stretch.fromFid > stretch.toFid) return true
    const onFile = () => this.#progress.didLook({ files: 1 })
    return (await digestRange(this.#progress.place, stretch, onFile)) === digest
  }

  /** False: the database has something else to be looked at by now. */
  async #copyByCopy({ fromFid, toFid }: { fromFid: number; toFid: number }): Promise<boolean> {
    const { tracker, signal } = this.#deps
    const { deviceId } = this.#device
    const ask = { deviceId, toFid: Fid.parse(toFid) }
    const { window } = await tracker.look(ask, signal)
    if (window?.fsckId !== this.#window.fsckId || window.fromFid !== fromFid) return false
    await lookAt(this.#device, window, this.#deps)
    return window.toFid === toFid
  }

  async #examine(want: ExpectedCopy): Promise<void> {
    const { part, place } = this.#progress
    const found = await (this.#window.check === 'sizes'
      ? examineSize(place, want)
      : examineBytes(place, want, (bytes) => {
          part.bytes += bytes
          return this.#progress.didLook({ bytes })
        }))
    part.files++
    const { fid, version } = want
    if (found === undefined) return
    if (found.code === 'sum') {
      part.sums.push({ fid, version, checksum: found.checksum })
      return
    }
    // before it is reported: once the row is away, its place is to be erased
    if (found.code !== 'MISS' && this.#device.isWritable && !(await this.#keep(want.fid, found)))
      return
    part.findings.push({ fid, version, ...found })
  }

  /** False where the disk has no room for a second name: then nobody hears of it in this lap. */
  async #keep(fid: Fid, { code }: Damage): Promise<boolean> {
    try {
      this.#progress.part.aside.set(fid, await keepAside(this.#device, fid))
      return true
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'disk_full') throw error
      const { deviceId } = this.#device
      this.#deps.events.emit('error', 'damage.untold', { deviceId, fid, code, reason: error.code })
      return false
    }
  }
}
