// `node:fs` for code that runs in a simulated process: calls that do not let go of the thread. They
// take no virtual time, but what a slow disk costs is seen by who measures it (perf-hooks.ts).
import * as real from 'node:fs'
import { assert } from '#shared/assert.ts'
import * as calls from '../disk/calls.ts'
import type { Machine } from '../disk/machine.ts'
import { here, runningProcess } from '../process.ts'
import { machineHere } from './machine-here.ts'

export const { constants } = real

const QUICK_MS = 0.01
/** A disk that hangs stops its process: for longer than anybody bears. */
const HUNG_MS = 10_000

function now<Result>(call: (machine: Machine) => Result): Result {
  const process = here()
  assert(process.isAlive, 'dead processes do nothing')
  if (process.callsLeft !== undefined && process.callsLeft-- <= 0) throw new Error('killed')
  const machine = machineHere()
  const slowMs = Math.max(...machine.disks.map(({ slowMs: ms, isHung }) => (isHung ? HUNG_MS : ms)))
  process.busyMs += QUICK_MS + slowMs
  return call(machine)
}

export const openSync = (path: string, flags?: string | number): number =>
  now((machine) => calls.openFile(machine, path, flags))

export const closeSync = (fd: number): void => now((machine) => machine.close(fd))

export const fstatSync = (fd: number) =>
  now((machine) => {
    const { fs, node } = machine.file(fd)
    return calls.statsOf(fs.dev, node)
  })

export const statSync = (path: string) => now((machine) => calls.statOf(machine, path))

export const readSync = (
  fd: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number => now((machine) => calls.readAt(machine.file(fd), into, { offset, length, position }))

/** Without a position it goes on where the last one ended. */
export const writeSync = (
  fd: number,
  bytes: Uint8Array,
  offset = 0,
  length = bytes.length - offset,
  position: number | null = null,
): number =>
  now((machine) => {
    const file = machine.file(fd)
    calls.writeAt(file, bytes.subarray(offset, offset + length), position ?? file.position)
    if (position === null) file.position += length
    return length
  })

export const fsyncSync = (fd: number): void => now((machine) => calls.sync(machine.file(fd)))
export const fdatasyncSync = fsyncSync

export const existsSync = (path: string): boolean =>
  now((machine) => {
    try {
      return calls.isThere(machine, path)
    } catch {
      return false
    }
  })

export const mkdirSync = (path: string, options?: { recursive?: boolean }): void =>
  now((machine) => calls.makeDirectory(machine, path, options?.recursive === true))

export const readdirSync = (path: string): string[] =>
  now((machine) => calls.namesIn(machine, path))

export const unlinkSync = (path: string): void => now((machine) => calls.unlink(machine, path))

/** Modules that are being loaded are in no process yet, and read the tree's own files. */
export const readFileSync = (path: string, encoding?: BufferEncoding): Buffer | string =>
  runningProcess() === undefined
    ? real.readFileSync(path, { encoding: encoding ?? null })
    : now((machine) => {
        const bytes = calls.readWhole(machine, path)
        return encoding === undefined ? bytes : bytes.toString(encoding)
      })
