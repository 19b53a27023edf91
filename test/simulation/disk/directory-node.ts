// A directory as the kernel has it, and beside that what of it a power cut would leave: names that
// were not synced come back, or never were.
import type { Random } from '../random.ts'
import type { FileNode } from './file-node.ts'

export type Node = FileNode | DirectoryNode

/** One change of a directory's names. `and`: the rest of a rename, in another directory or here. */
export interface NameChange {
  name: string
  node: Node | undefined
  and?: RenameRest
}

export interface RenameRest {
  directory: DirectoryNode
  change: NameChange
}

export class DirectoryNode {
  readonly kind = 'directory'
  readonly ino: number
  modifiedMs = 0
  names = new Map<string, Node>()
  readonly #stable = new Map<string, Node>()
  #unsynced: NameChange[] = []

  constructor(ino: number) {
    this.ino = ino
  }

  set(name: string, node: Node | undefined, and?: RenameRest): NameChange {
    if (node === undefined) this.names.delete(name)
    else this.names.set(name, node)
    const change = { name, node, ...(and !== undefined && { and }) }
    this.#unsynced.push(change)
    return change
  }

  /** What has a name here, or may have one again after a power cut. */
  below(): Iterable<Node> {
    return [...this.names.values(), ...this.#stable.values()]
  }

  sync(): void {
    for (const change of this.#unsynced) this.#settle(change)
    this.#unsynced = []
  }

  /** Names reach the disk in the order in which they changed, so far and no further. */
  loseUnsynced(random: Random): void {
    const kept = random.pick([0, this.#unsynced.length, random.below(this.#unsynced.length + 1)])
    for (const change of this.#unsynced.slice(0, kept)) this.#settle(change)
    this.#unsynced = []
  }

  /** After all directories of a disk have lost what they lose. */
  comeBack(): void {
    this.names = new Map(this.#stable)
  }

  #settle({ name, node, and }: NameChange): void {
    if (node === undefined) this.#stable.delete(name)
    else this.#stable.set(name, node)
    // a file that was renamed never loses both of its names
    if (and !== undefined && node === undefined) and.directory.#settleEarly(and.change)
  }

  #settleEarly(change: NameChange): void {
    if (!this.#unsynced.includes(change)) return
    this.#settle(change)
    this.#unsynced = this.#unsynced.filter((each) => each !== change)
  }
}
