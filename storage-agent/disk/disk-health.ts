// The health of the whole disks below a device: temperature from the kernel, the rest from SMART.
// What was found last is told at once, and looked up anew behind the caller's back, one disk at a
// time: no disk, and no program that waits for one, can hold anything up.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SMART_EVERY_MS } from '../limits.ts'
import { blockDeviceOf, disksBelow, nameOf, namesIn, sysPathOf } from './block-device.ts'
import { askSmart, type SmartReport } from './smart.ts'

export interface DiskHealth extends SmartReport {
  disk: string
}

export class DiskWatch {
  readonly #directory: string
  readonly #sys: string | undefined
  #found: readonly DiskHealth[] = []
  #looking: Promise<void> | undefined
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(directory: string, sys?: string) {
    this.#directory = directory
    this.#sys = sys
  }

  /** What was found last, nothing at first. */
  disks(nowMs: number): readonly DiskHealth[] {
    if (this.#looking === undefined && nowMs - this.#lookedAtMs >= SMART_EVERY_MS) {
      this.#lookedAtMs = nowMs
      this.#looking = this.#look()
    }
    return this.#found
  }

  /** Resolves when no look is under way. */
  async looked(): Promise<void> {
    await this.#looking
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const found = []
    for (const sysPath of await this.#disks()) found.push(await healthOf(sysPath))
    this.#found = found
    this.#looking = undefined
  }

  async #disks(): Promise<string[]> {
    try {
      const device = await blockDeviceOf(this.#directory)
      return device === undefined ? [] : await disksBelow(await sysPathOf(device, this.#sys))
    } catch {
      return [] // no block device, or no /sys
    }
  }
}

async function healthOf(sysPath: string): Promise<DiskHealth> {
  const disk = nameOf(sysPath)
  const celsius = await temperatureOf(sysPath)
  return { disk, ...(await askSmart(disk)), ...(celsius !== undefined && { celsius }) }
}

/** By the kernel's hardware monitor, which NVMe has always and others with `drivetemp`. */
async function temperatureOf(sysPath: string): Promise<number | undefined> {
  try {
    const device = join(sysPath, 'device')
    const nested = (await namesIn(join(device, 'hwmon'))).map((name) => `hwmon/${name}`)
    const direct = (await namesIn(device)).filter((name) => /^hwmon\d+$/.test(name))
    const [monitor] = [...direct, ...nested]
    if (monitor === undefined) return undefined
    const milli = Number(await readFile(join(device, monitor, 'temp1_input'), 'utf8'))
    return Number.isFinite(milli) ? milli / 1_000 : undefined
  } catch {
    return undefined // no such sensor
  }
}
