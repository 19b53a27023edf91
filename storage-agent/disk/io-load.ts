// How busy the disk below a directory is: the share of time in which it had work. A stripe is as
// busy as its busiest member: some kernels keep no busy time of md and dm themselves.
import {
  type BlockStats,
  blockDeviceOf,
  membersOf,
  nameOf,
  readBlockStats,
  sysPathOf,
} from './block-device.ts'

export interface IoLoad {
  /** Since the look before; null at the first one, and where the kernel does not say. */
  utilization: number | null
  /** Of the block device that holds the directory. */
  block?: { name: string; stats: BlockStats }
}

/** Asked now and then; each answer is about the time since the one before. */
export type IoLoadOf = (nowMs: number) => Promise<IoLoad>

type BusyMs = ReadonlyMap<string, number>

export function ioLoadOf(directory: string, sys?: string): IoLoadOf {
  let last: { atMs: number; busyMs: BusyMs } | undefined
  return async (nowMs) => {
    const found = await look(directory, sys)
    const before = last
    last = found && { atMs: nowMs, busyMs: found.busyMs }
    if (found === undefined) return { utilization: null }
    const { block, busyMs } = found
    const isFirst = before === undefined || nowMs <= before.atMs
    const utilization = isFirst ? null : busiest(before.busyMs, busyMs, nowMs - before.atMs)
    return { utilization, block }
  }
}

/** The largest share of the time in which one of them had work, of those known at both ends. */
export function busiest(before: BusyMs, after: BusyMs, tookMs: number): number {
  const shares = Array.from(after, ([name, ms]) => (ms - (before.get(name) ?? ms)) / tookMs)
  return Math.min(Math.max(0, ...shares), 1)
}

async function look(directory: string, sys?: string) {
  try {
    const device = await blockDeviceOf(directory)
    if (device === undefined) return undefined
    const sysPath = await sysPathOf(device, sys)
    const stats = await readBlockStats(sysPath)
    if (stats === undefined) return undefined
    const name = nameOf(sysPath)
    const busyMs = new Map([[name, stats.busyMs]])
    for (const member of await membersOf(sysPath)) {
      const its = await readBlockStats(member)
      if (its !== undefined) busyMs.set(nameOf(member), its.busyMs)
    }
    return { block: { name, stats }, busyMs }
  } catch {
    return undefined // no such block device, or no /sys: then nobody knows
  }
}
