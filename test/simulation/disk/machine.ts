// A host's disks, mounted in one tree, and the files that its processes have open.
import type { Random } from '../random.ts'
import type { DirectoryNode, Node } from './directory-node.ts'
import type { FileNode } from './file-node.ts'
import { FileSystem } from './file-system.ts'
import { SystemError } from './system-error.ts'

export interface OpenFile {
  fs: FileSystem
  node: Node
  path: string
  /** Where reads and writes without a position go on. */
  position: number
  isSynchronous: boolean
}

export interface Place {
  fs: FileSystem
  /** Undefined for the root of a tree. */
  parent: DirectoryNode | undefined
  name: string
  node: Node | undefined
}

const DESCRIPTOR = /^\/proc\/(?:self|\d+)\/fd\/(\d+)(\/.*)?$/
const ROOT_BYTES = 10_000_000_000

export class Machine {
  readonly name: string
  readonly root = new FileSystem(ROOT_BYTES)
  /** By the path at which they are mounted. */
  readonly mounts = new Map<string, FileSystem>()
  readonly #open = new Map<number, OpenFile>()
  #descriptors = 2

  constructor(name: string) {
    this.name = name
  }

  get disks(): FileSystem[] {
    return [this.root, ...this.mounts.values()]
  }

  /** What processes had open is closed with them. */
  closeAll(): void {
    this.#open.clear()
  }

  /** A power cut: every disk keeps what it had synced, and some of the rest. */
  cutPower(random: Random): void {
    this.closeAll()
    for (const disk of this.disks) disk.loseUnsynced(random)
  }

  opened(file: OpenFile): number {
    this.#descriptors++
    this.#open.set(this.#descriptors, file)
    return this.#descriptors
  }

  close(descriptor: number): void {
    this.#open.delete(descriptor)
  }

  file(descriptor: number): OpenFile {
    const file = this.#open.get(descriptor)
    if (file === undefined) throw new SystemError('EBADF', 'fd', String(descriptor))
    return file
  }

  /** On which disk a path is: that is known without asking it. */
  diskOf(path: string): FileSystem {
    const [, descriptor] = DESCRIPTOR.exec(path) ?? []
    if (descriptor !== undefined) return this.file(Number(descriptor)).fs
    const mount = [...this.mounts].find(([at]) => path === at || path.startsWith(`${at}/`))
    return mount?.[1] ?? this.root
  }

  /** The place that a path names, whether anything is there or not. */
  find(path: string, syscall: string): Place {
    const [, descriptor, below = ''] = DESCRIPTOR.exec(path) ?? []
    if (descriptor !== undefined) {
      const { fs, node } = this.file(Number(descriptor))
      return walk(fs, node, below, syscall)
    }
    const clean = `/${path.split('/').filter(Boolean).join('/')}`
    for (const [at, fs] of this.mounts)
      if (clean === at || clean.startsWith(`${at}/`))
        return walk(fs, fs.root, clean.slice(at.length), syscall)
    return walk(this.root, this.root.root, clean, syscall)
  }
}

function walk(fs: FileSystem, start: Node, path: string, syscall: string): Place {
  fs.demandHealth(syscall, path)
  let parent: DirectoryNode | undefined
  let name = ''
  let node: Node | undefined = start
  for (const part of path.split('/').filter(Boolean)) {
    if (node === undefined) throw new SystemError('ENOENT', syscall, path)
    if (node.kind === 'file') throw new SystemError('ENOTDIR', syscall, path)
    parent = node
    name = part
    node = node.names.get(part)
  }
  return { fs, parent, name, node }
}

export function existing(place: Place, syscall: string, path: string): Node {
  if (place.node === undefined) throw new SystemError('ENOENT', syscall, path)
  return place.node
}

export function existingFile(place: Place, syscall: string, path: string): FileNode {
  const node = existing(place, syscall, path)
  if (node.kind === 'directory') throw new SystemError('EISDIR', syscall, path)
  return node
}
