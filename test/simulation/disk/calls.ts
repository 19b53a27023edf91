// The system calls of a simulated machine, as far as agents use them. Each happens at once and
// whole; what it changed lasts through a power cut once it was synced.
import { constants } from 'node:fs'
import { assert } from '#shared/assert.ts'
import { here } from '../process.ts'
import { DirectoryNode, type NameChange, type Node, type RenameRest } from './directory-node.ts'
import type { FileNode } from './file-node.ts'
import { existing, existingFile, type Machine, type OpenFile, type Place } from './machine.ts'
import { SystemError } from './system-error.ts'

const { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_WRONLY, O_RDWR, O_DSYNC } = constants

const flagsOf: Readonly<Record<string, number>> = {
  r: 0,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  a: O_WRONLY | O_CREAT | O_APPEND,
  'a+': O_RDWR | O_CREAT | O_APPEND,
}

export function openFile(machine: Machine, path: string, flags: string | number = 'r'): number {
  const bits = typeof flags === 'number' ? flags : flagsOf[flags]
  assert(bits !== undefined, `the simulation has no flags ${flags}`)
  const place = machine.find(path, 'open')
  if ((bits & (O_WRONLY | O_RDWR)) !== 0) place.fs.demandWritable('open', path)
  if (place.node !== undefined && (bits & O_EXCL) !== 0)
    throw new SystemError('EEXIST', 'open', path)
  const node = place.node ?? createFile(place, (bits & O_CREAT) !== 0, path)
  if (node.kind === 'file' && (bits & O_TRUNC) !== 0) node.truncate(0)
  const position = node.kind === 'file' && (bits & O_APPEND) !== 0 ? node.bytes : 0
  const isSynchronous = (bits & O_DSYNC) === O_DSYNC
  return machine.opened({ fs: place.fs, node, path, position, isSynchronous })
}

function createFile({ fs, parent, name }: Place, mayCreate: boolean, path: string): FileNode {
  if (!mayCreate || parent === undefined) throw new SystemError('ENOENT', 'open', path)
  fs.demandRoom(0, 'open', path)
  const node = fs.newFile()
  node.modifiedMs = here().clock.nowMs()
  setName(parent, name, node)
  return node
}

/** A directory's time is that of its last name. */
function setName(
  directory: DirectoryNode,
  name: string,
  node: Node | undefined,
  and?: RenameRest,
): NameChange {
  directory.modifiedMs = here().clock.nowMs()
  return directory.set(name, node, and)
}

export function readAt(
  { fs, node, path }: OpenFile,
  into: Uint8Array,
  { offset, length, position }: { offset: number; length: number; position: number },
): number {
  fs.demandHealth('read', path)
  if (node.kind === 'directory') throw new SystemError('EISDIR', 'read', path)
  if (node.isUnreadable) throw new SystemError('EIO', 'read', path)
  const found = node.read(position, length)
  into.set(found, offset)
  return found.length
}

export function writeAt({ fs, node, path, ...file }: OpenFile, bytes: Uint8Array, at: number) {
  fs.demandWritable('write', path)
  if (node.kind === 'directory') throw new SystemError('EISDIR', 'write', path)
  fs.demandRoom(Math.max(at + bytes.length - node.bytes, 0), 'write', path)
  node.write(bytes, at)
  node.modifiedMs = here().clock.nowMs()
  if (file.isSynchronous) node.sync()
}

export function sync({ fs, node, path }: OpenFile): void {
  fs.demandWritable('fsync', path)
  node.sync()
}

export function truncate({ fs, node, path }: OpenFile, bytes: number): void {
  fs.demandWritable('ftruncate', path)
  if (node.kind === 'file') node.truncate(bytes)
}

export function makeDirectory(machine: Machine, path: string, recursive: boolean): void {
  const parts = path.split('/').slice(0, -1)
  const above = parts.join('/')
  if (recursive && above !== '' && !above.endsWith('/fd')) {
    const isMissing = parts.length > 1 && !isThere(machine, above)
    if (isMissing) makeDirectory(machine, above, true)
  }
  const { fs, parent, name, node } = machine.find(path, 'mkdir')
  if (node?.kind === 'directory' && recursive) return
  if (node !== undefined) throw new SystemError('EEXIST', 'mkdir', path)
  fs.demandWritable('mkdir', path)
  fs.demandRoom(0, 'mkdir', path)
  if (parent === undefined) throw new SystemError('ENOENT', 'mkdir', path)
  setName(parent, name, fs.newDirectory())
}

export function isThere(machine: Machine, path: string): boolean {
  try {
    return machine.find(path, 'access').node !== undefined
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false
    throw error
  }
}

export function namesIn(machine: Machine, path: string): string[] {
  const node = existing(machine.find(path, 'readdir'), 'readdir', path)
  if (node.kind === 'file') throw new SystemError('ENOTDIR', 'readdir', path)
  return [...node.names.keys()]
}

export function rename(machine: Machine, from: string, to: string): void {
  const [source, target] = [machine.find(from, 'rename'), machine.find(to, 'rename')]
  source.fs.demandWritable('rename', from)
  const node = existing(source, 'rename', from)
  if (source.parent === undefined || target.parent === undefined)
    throw new SystemError('ENOENT', 'rename', to)
  if (source.fs !== target.fs) throw new SystemError('EXDEV', 'rename', to)
  const change = setName(target.parent, target.name, node)
  const { parent: directory } = target
  setName(source.parent, source.name, undefined, { directory, change })
}

export function link(machine: Machine, from: string, to: string): void {
  const [source, target] = [machine.find(from, 'link'), machine.find(to, 'link')]
  source.fs.demandWritable('link', from)
  const node = existingFile(source, 'link', from)
  if (target.node !== undefined) throw new SystemError('EEXIST', 'link', to)
  if (target.parent === undefined) throw new SystemError('ENOENT', 'link', to)
  if (source.fs !== target.fs) throw new SystemError('EXDEV', 'link', to)
  setName(target.parent, target.name, node)
}

export function unlink(machine: Machine, path: string): void {
  const place = machine.find(path, 'unlink')
  place.fs.demandWritable('unlink', path)
  existingFile(place, 'unlink', path)
  if (place.parent !== undefined) setName(place.parent, place.name, undefined)
}

export function remove(machine: Machine, path: string, force: boolean): void {
  const { fs, parent, name, node } = machine.find(path, 'rm')
  if (node === undefined && force) return
  if (node === undefined) throw new SystemError('ENOENT', 'rm', path)
  fs.demandWritable('rm', path)
  if (parent !== undefined) setName(parent, name, undefined)
}

export function statOf(machine: Machine, path: string) {
  const { fs, node } = machine.find(path, 'stat')
  if (node === undefined) throw new SystemError('ENOENT', 'stat', path)
  return statsOf(fs.dev, node)
}

export function statsOf(dev: number, node: Node) {
  const isDirectory = node instanceof DirectoryNode
  const mtime = new Date(node.modifiedMs)
  return {
    dev,
    rdev: 0,
    ino: node.ino,
    size: isDirectory ? 4_096 : node.bytes,
    mtimeMs: node.modifiedMs,
    ctimeMs: node.modifiedMs,
    mtime,
    ctime: mtime,
    nlink: 1,
    uid: 0,
    gid: 0,
    mode: isDirectory ? 0o40_755 : 0o100_640,
    isFile: () => !isDirectory,
    isDirectory: () => isDirectory,
    isSymbolicLink: () => false,
  }
}

export function readWhole(machine: Machine, path: string): Buffer {
  const place = machine.find(path, 'open')
  const node = existingFile(place, 'read', path)
  if (node.isUnreadable) throw new SystemError('EIO', 'read', path)
  return Buffer.from(node.read(0, node.bytes))
}

export function writeWhole(
  machine: Machine,
  path: string,
  data: Uint8Array | string,
  { flag = 'w', flush = false }: { flag?: string | undefined; flush?: boolean | undefined },
): void {
  const descriptor = openFile(machine, path, flag)
  const file = machine.file(descriptor)
  try {
    writeAt(file, Buffer.from(data), flag === 'a' ? file.position : 0)
    if (flush) sync(file)
  } finally {
    machine.close(descriptor)
  }
}
