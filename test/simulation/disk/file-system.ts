// One simulated disk with its file system: what lies on it, and what is wrong with it.
import type { Random } from '../random.ts'
import { DirectoryNode, type Node } from './directory-node.ts'
import { FileNode } from './file-node.ts'
import { SystemError } from './system-error.ts'

export type DiskTrouble = 'none' | 'readonly' | 'failing'

const BLOCK_BYTES = 4_096

export class FileSystem {
  static #count = 64
  readonly dev: number
  readonly root: DirectoryNode
  capacityBytes: number
  trouble: DiskTrouble = 'none'
  /** What an operation takes, besides what it always does. */
  slowMs = 0
  #isHung = false
  #waiting: (() => void)[] = []
  #ino = 1
  /** Ever. */
  #written = 0

  constructor(capacityBytes: number) {
    FileSystem.#count++
    this.dev = FileSystem.#count
    this.capacityBytes = capacityBytes
    this.root = new DirectoryNode(this.#ino)
  }

  get isHung(): boolean {
    return this.#isHung
  }

  /** Nothing that is asked of it is answered until it is let go. */
  hang(): void {
    this.#isHung = true
  }

  letGo(): void {
    this.#isHung = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const work of waiting) work()
  }

  whenAnswering(work: () => void): void {
    if (this.#isHung) this.#waiting.push(work)
    else work()
  }

  newFile(): FileNode {
    return new FileNode(++this.#ino)
  }

  newDirectory(): DirectoryNode {
    return new DirectoryNode(++this.#ino)
  }

  usage(): { bsize: number; blocks: number; bavail: number; bfree: number } {
    const blocks = Math.floor(this.capacityBytes / BLOCK_BYTES)
    const used = [...this.files().values()].reduce(
      (sum, { bytes }) => sum + Math.ceil(bytes / BLOCK_BYTES),
      0,
    )
    const bavail = Math.max(blocks - used, 0)
    return { bsize: BLOCK_BYTES, blocks, bavail, bfree: bavail }
  }

  demandRoom(bytes: number, syscall: string, path: string): void {
    this.#written += bytes
    if (this.#written < this.capacityBytes) return // it need not be looked at
    const { bavail } = this.usage()
    if (bytes > bavail * BLOCK_BYTES) throw new SystemError('ENOSPC', syscall, path)
  }

  demandHealth(syscall: string, path: string): void {
    if (this.trouble === 'failing') throw new SystemError('EIO', syscall, path)
  }

  demandWritable(syscall: string, path: string): void {
    this.demandHealth(syscall, path)
    if (this.trouble === 'readonly') throw new SystemError('EROFS', syscall, path)
  }

  syncAll(): void {
    for (const node of this.#all()) node.sync()
  }

  /** A power cut. */
  loseUnsynced(random: Random): void {
    const nodes = this.#all()
    for (const node of nodes) node.loseUnsynced(random)
    for (const node of nodes) if (node.kind === 'directory') node.comeBack()
  }

  /** Every file by its path, below the root. */
  files(): Map<string, FileNode> {
    const found = new Map<string, FileNode>()
    const walk = (directory: DirectoryNode, path: string) => {
      for (const [name, node] of directory.names)
        if (node.kind === 'file') found.set(`${path}/${name}`, node)
        else walk(node, `${path}/${name}`)
    }
    walk(this.root, '')
    return found
  }

  /** Those that have a name or may have one again, each once. */
  #all(): Node[] {
    const found = new Set<Node>([this.root])
    for (const node of found)
      if (node.kind === 'directory') for (const below of node.below()) found.add(below)
    return [...found]
  }
}
