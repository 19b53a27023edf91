// How busy the disk below a directory is: the share of time in which it had work (`io_ticks` of
// /sys/dev/block/MAJ:MIN/stat). Null where the kernel does not say, as for overlays and networks.
import { readFile, stat } from 'node:fs/promises'

/** Asked now and then; each answer is about the time since the one before. */
export type IoLoad = (nowMs: number) => Promise<number | null>

export function ioLoadOf(directory: string): IoLoad {
  let last: { atMs: number; busyMs: number } | undefined
  return async (nowMs) => {
    const busyMs = await busyMsOf(directory)
    const since = last
    last = busyMs === undefined ? undefined : { atMs: nowMs, busyMs }
    if (busyMs === undefined || since === undefined || nowMs <= since.atMs) return null
    const share = (busyMs - since.busyMs) / (nowMs - since.atMs)
    return Math.min(Math.max(share, 0), 1)
  }
}

async function busyMsOf(directory: string): Promise<number | undefined> {
  try {
    const device = await blockDeviceOf(directory)
    if (device === undefined) return undefined
    return busyMsIn(await readFile(`/sys/dev/block/${device}/stat`, 'utf8'))
  } catch {
    return undefined // no such block device, or no /sys: then nobody knows
  }
}

/** The tenth number of a block device's `stat` (Linux: Documentation/block/stat.rst). */
export function busyMsIn(statText: string): number | undefined {
  const busyMs = Number(statText.trim().split(/\s+/)[9])
  return Number.isFinite(busyMs) ? busyMs : undefined
}

async function blockDeviceOf(directory: string): Promise<string | undefined> {
  const device = numbersOf((await stat(directory)).dev)
  if (!device.startsWith('0:')) return device

  // btrfs and its like have no block device of their own: the mount names the one below it
  const source = sourceIn(await readFile('/proc/self/mountinfo', 'utf8'), device)
  if (source === undefined) return undefined
  const below = numbersOf((await stat(source)).rdev)
  return below === '0:0' ? undefined : below
}

/** What is mounted as `MAJ:MIN`, where that is a path: `/dev/sda1`, not `tmpfs`. */
export function sourceIn(mountInfo: string, device: string): string | undefined {
  const lines = mountInfo.split('\n').map((line) => line.split(' '))
  const fields = lines.find((parts) => parts[2] === device)
  const source = fields?.[fields.indexOf('-') + 2]
  return source?.startsWith('/') === true ? source : undefined
}

/** `MAJ:MIN` as glibc's makedev(3) packs them. */
export function numbersOf(dev: number): string {
  const bits = BigInt(dev)
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}
