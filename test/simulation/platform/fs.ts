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

/** `at`: a path, or what is open. */
function now<Result>(at: string | number, call: (machine: Machine) => Result): Result {
  const process = here()
  assert(process.isAlive, 'dead processes do nothing')
  if (process.callsLeft !== undefined && process.callsLeft-- <= 0) throw new Error('killed')
  const machine = machineHere()
  const { slowMs, isHung } = typeof at === 'string' ? machine.diskOf(at) : machine.file(at).fs
  process.busyMs += QUICK_MS + (isHung ? HUNG_MS : slowMs)
  return call(machine)
}

export const openSync = (path: string, flags?: string | number): number =>
  now(path, (machine) => calls.openFile(machine, path, flags))

export const closeSync = (fd: number): void => now(fd, (machine) => machine.close(fd))

export const fstatSync = (fd: number) =>
  now(fd, (machine) => {
    const { fs, node } = machine.file(fd)
    return calls.statsOf(fs.dev, node)
  })

export const statSync = (path: string) => now(path, (machine) => calls.statOf(machine, path))

export const readSync = (
  fd: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number =>
  now(fd, (machine) => calls.readAt(machine.file(fd), into, { offset, length, position }))

/** Without a position it goes on where the last one ended. */
export const writeSync = (
  fd: number,
  bytes: Uint8Array,
  offset = 0,
  length = bytes.length - offset,
  position: number | null = null,
): number =>
  now(fd, (machine) => {
    const file = machine.file(fd)
    calls.writeAt(file, bytes.subarray(offset, offset + length), position ?? file.position)
    if (position === null) file.position += length
    return length
  })

export const fsyncSync = (fd: number): void => now(fd, (machine) => calls.sync(machine.file(fd)))
export const fdatasyncSync = fsyncSync

export const existsSync = (path: string): boolean =>
  now(path, (machine) => {
    try {
      return calls.isThere(machine, path)
    } catch {
      return false
    }
  })

export const mkdirSync = (path: string, options?: { recursive?: boolean }): void =>
  now(path, (machine) => calls.makeDirectory(machine, path, options?.recursive === true))

export const readdirSync = (path: string): string[] =>
  now(path, (machine) => calls.namesIn(machine, path))

export const unlinkSync = (path: string): void =>
  now(path, (machine) => calls.unlink(machine, path))

/** Modules that are being loaded are in no process yet, and read the tree's own files. */
export const readFileSync = (path: string, encoding?: BufferEncoding): Buffer | string =>
  runningProcess() === undefined
    ? real.readFileSync(path, { encoding: encoding ?? null })
    : now(path, (machine) => {
        const bytes = calls.readWhole(machine, path)
        return encoding === undefined ? bytes : bytes.toString(encoding)
      })
