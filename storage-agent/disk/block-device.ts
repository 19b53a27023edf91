// The block devices below a directory, as /sys tells of them: a partition, an NVMe, a dm or md
// device, a loop. Where the kernel says nothing, as of overlays and networks, it is `undefined`.
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from './failures.ts'

/** An LVM on a RAID on dm-crypt on partitions is five deep. */
const MAX_DEPTH = 8
const SECTOR_BYTES = 512
const SYS = '/sys'

/** Since the machine started. */
export interface BlockStats {
  reads: number
  bytesRead: number
  writes: number
  bytesWritten: number
  /** Time in which it had work. */
  busyMs: number
}

/** A block device's `stat` (Linux: Documentation/block/stat.rst); older kernels tell less. */
export function blockStatsIn(text: string): BlockStats | undefined {
  const [reads, , sectorsRead, , writes, , sectorsWritten, , , busyMs] = text
    .trim()
    .split(/\s+/)
    .map(Number)
  const found = [reads, sectorsRead, writes, sectorsWritten, busyMs]
  if (!found.every((number) => Number.isFinite(number))) return undefined
  return {
    reads: reads ?? 0,
    bytesRead: (sectorsRead ?? 0) * SECTOR_BYTES,
    writes: writes ?? 0,
    bytesWritten: (sectorsWritten ?? 0) * SECTOR_BYTES,
    busyMs: busyMs ?? 0,
  }
}

/** `MAJ:MIN` of the block device that holds the directory. */
export async function blockDeviceOf(directory: string): Promise<string | undefined> {
  const device = numbersOf((await stat(directory)).dev)
  if (!device.startsWith('0:')) return device

  // btrfs and its like have no block device of their own: the mount names the one below it
  const source = sourceIn(await readFile('/proc/self/mountinfo', 'utf8'), device)
  if (source === undefined) return undefined
  const below = numbersOf((await stat(source)).rdev)
  return below === '0:0' ? undefined : below
}

/** Where the kernel keeps what it knows of it: `/sys/devices/.../block/sda/sda1`. */
export const sysPathOf = (device: string, sys = SYS): Promise<string> =>
  realpath(join(sys, 'dev/block', device))

export const readBlockStats = async (sysPath: string): Promise<BlockStats | undefined> =>
  blockStatsIn(await readFile(join(sysPath, 'stat'), 'utf8'))

/** The devices that a dm or md device is made of, directly; none for a disk or a partition. */
export async function membersOf(sysPath: string): Promise<string[]> {
  const slaves = join(sysPath, 'slaves')
  const names = await namesIn(slaves)
  return Promise.all(names.map((name) => realpath(join(slaves, name))))
}

/** The whole disks at the bottom of it: what has a temperature, and a SMART state. */
export async function disksBelow(sysPath: string, depth = 0): Promise<string[]> {
  const names = await namesIn(sysPath)
  if (names.includes('partition')) return disksBelow(dirname(sysPath), depth)
  const members = await membersOf(sysPath)
  if (members.length === 0 || depth >= MAX_DEPTH) return [sysPath]
  const below = await Promise.all(members.map((member) => disksBelow(member, depth + 1)))
  return [...new Set(below.flat())]
}

/** As below /dev: `nvme0n1`; the kernel writes a `/` in such a name as `!`. */
export const nameOf = (sysPath: string): string => basename(sysPath).replaceAll('!', '/')

export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
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
