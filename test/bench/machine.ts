// What the kernel says of this machine and of processes: CPU time, memory, who else is at work.
// Linux only.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** USER_HZ: what /proc counts in, on every Linux that Node runs on. */
const TICK_MS = 10

interface ProcessTimes {
  parent: number
  cpuMs: number
  /** Of its children that have ended. */
  childrenMs: number
}

/** CPU time of a process and of all that it started; of this one, its own alone. */
export const cpuMsOf = (pid: number): number =>
  pid === process.pid ? (timesOf(pid)?.cpuMs ?? 0) : cpuMsOfTree(pid)

function cpuMsOfTree(root: number): number {
  const all = allTimes()
  return [...all]
    .filter(([pid]) => isBelow(root, pid, all))
    .reduce((sum, [, { cpuMs, childrenMs }]) => sum + cpuMs + childrenMs, 0)
}

/** Kills what this process started, and what that started. */
export function endChildren(): void {
  const all = allTimes()
  for (const pid of all.keys()) {
    if (pid === process.pid || !isBelow(process.pid, pid, all)) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it went with its parent
    }
  }
}

type Processes = ReadonlyMap<number, ProcessTimes>

function isBelow(root: number, pid: number, all: Processes): boolean {
  if (pid === root) return true
  const parent = all.get(pid)?.parent ?? 0
  return parent > 1 && isBelow(root, parent, all)
}

function allTimes(): Processes {
  const all = new Map<number, ProcessTimes>()
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? timesOf(Number(name)) : undefined
    if (times !== undefined) all.set(Number(name), times)
  }
  return all
}

function timesOf(pid: number): ProcessTimes | undefined {
  const text = readIfThere(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // after the name, which may hold anything: state ppid ... utime(11) stime cutime cstime
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11)
  return {
    parent: fields[1] ?? 0,
    cpuMs: (user + system) * TICK_MS,
    childrenMs: (childrenUser + childrenSystem) * TICK_MS,
  }
}

/** CPU time that all processes together took, and that the hypervisor gave to others. */
function busyMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.match(/\d+/g)?.map(Number) ?? []
  return (user + nice + system + steal) * TICK_MS
}

/** A watch on those who are not ours: which share of the cores they took since it was begun. */
export function watchOthers(): () => number {
  const [startedMs, busy, own] = [performance.now(), busyMs(), cpuMsOfTree(process.pid)]
  return () => {
    const others = busyMs() - busy - (cpuMsOfTree(process.pid) - own)
    return Math.max(0, others / (performance.now() - startedMs) / availableParallelism())
  }
}

/** The most memory that a process has had in use, in bytes. */
export function peakBytesOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024
}

export const loadAverage = (): string => readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? ''

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // it has ended since it was listed
  }
}
