// `node:fs/promises` for code that runs in a simulated process: the calls of disk/calls.ts, each
// after the time that its disk takes; none while the disk hangs.

import * as calls from '../disk/calls.ts'
import type { FileSystem } from '../disk/file-system.ts'
import type { Machine } from '../disk/machine.ts'
import { FileHandle } from './file-handle.ts'
import { machineHere } from './machine-here.ts'
import { timed } from './timed.ts'

type Encoding = BufferEncoding | { encoding?: BufferEncoding } | undefined

/** One call on a path. */
function onPath<Result>(path: string, call: (machine: Machine) => Result): Promise<Result> {
  const machine = machineHere()
  return timed(fileSystemOf(machine, path), () => call(machine))
}

function fileSystemOf(machine: Machine, path: string): FileSystem {
  const descriptor = /^\/proc\/(?:self|\d+)\/fd\/(\d+)/.exec(path)?.[1]
  if (descriptor !== undefined) return machine.file(Number(descriptor)).fs
  for (const [at, fs] of machine.mounts) if (path === at || path.startsWith(`${at}/`)) return fs
  return machine.root
}

export const open = (path: string, flags?: string | number): Promise<FileHandle> =>
  onPath(path, (machine) => new FileHandle(machine, calls.openFile(machine, path, flags)))

export const mkdir = (path: string, options?: { recursive?: boolean }): Promise<undefined> =>
  onPath(path, (machine) => {
    calls.makeDirectory(machine, path, options?.recursive === true)
    return undefined
  })

export const access = (path: string): Promise<unknown> =>
  onPath(path, (machine) => calls.statOf(machine, path))

export const stat = (path: string) => onPath(path, (machine) => calls.statOf(machine, path))
export const lstat = stat

/** Everybody is root here. */
export const chown = access

export const utimes = (path: string, _accessed: unknown, modified: number | Date): Promise<void> =>
  onPath(path, (machine) => {
    const { node } = machine.find(path, 'utime')
    const isDate = modified instanceof Date
    if (node !== undefined) node.modifiedMs = isDate ? modified.getTime() : modified * 1_000
  })

export async function* opendir(path: string) {
  yield* await readdir(path, { withFileTypes: true })
}

/** No links are simulated. */
export const realpath = (path: string): Promise<string> =>
  onPath(path, (machine) => {
    calls.statOf(machine, path)
    return path
  })

export const statfs = (path: string) =>
  onPath(path, (machine) => machine.find(path, 'statfs').fs.usage())

interface Listing {
  withFileTypes?: boolean
}

export const readdir = (path: string, options?: Listing) =>
  onPath(path, (machine) => {
    const names = calls.namesIn(machine, path)
    if (options?.withFileTypes !== true) return names
    return names.map((name) => Object.assign(calls.statOf(machine, `${path}/${name}`), { name }))
  })

export const rename = (from: string, to: string): Promise<void> =>
  onPath(from, (machine) => calls.rename(machine, from, to))

export const link = (from: string, to: string): Promise<void> =>
  onPath(from, (machine) => calls.link(machine, from, to))

export const unlink = (path: string): Promise<void> =>
  onPath(path, (machine) => calls.unlink(machine, path))

export const rm = (path: string, options?: { force?: boolean }): Promise<void> =>
  onPath(path, (machine) => calls.remove(machine, path, options?.force === true))

export const readFile = (path: string, encoding?: Encoding): Promise<Buffer | string> =>
  onPath(path, (machine) => {
    const bytes = calls.readWhole(machine, path)
    const name = typeof encoding === 'string' ? encoding : encoding?.encoding
    return name === undefined ? bytes : bytes.toString(name)
  })

export const writeFile = (
  path: string,
  data: Uint8Array | string,
  options?: { flag?: string; flush?: boolean } | BufferEncoding,
): Promise<void> => {
  const { flag, flush } = typeof options === 'object' ? options : {}
  return onPath(path, (machine) => calls.writeWhole(machine, path, data, { flag, flush }))
}

export const truncate = (path: string, bytes = 0): Promise<void> =>
  onPath(path, (machine) => {
    const descriptor = calls.openFile(machine, path, 'r+')
    calls.truncate(machine.file(descriptor), bytes)
    machine.close(descriptor)
  })
