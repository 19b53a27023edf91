// What the story itself has destroyed: no promise is broken by the loss of these copies.

import type { DirectoryNode } from './disk/directory-node.ts'
import { fidOfPath } from './disk/fid-of-path.ts'
import type { FileNode } from './disk/file-node.ts'
import type { FileSystem } from './disk/file-system.ts'
import { seeded } from './random.ts'
import type { Harm } from './story/step.ts'

export class Damage {
  /** `device/fid` */
  readonly #copies = new Set<string>()
  /** Whole disks. */
  readonly #devices = new Set<number>()

  isDamaged(deviceId: number, fid: number): boolean {
    return this.#devices.has(deviceId) || this.#copies.has(`${deviceId}/${fid}`)
  }

  /** How much was destroyed so far that may have been this fid's. */
  extentFor(fid: number): number {
    return this.#devices.size + this.#hurtCopies(fid).length
  }

  /** By itself, not with its disk. */
  hasHurtCopy(fid: number): boolean {
    return this.#hurtCopies(fid).length > 0
  }

  #hurtCopies(fid: number): string[] {
    return [...this.#copies].filter((copy) => copy.endsWith(`/${fid}`))
  }

  /** All that lies there is gone, for the cluster at least. */
  lose(deviceId: number): void {
    this.#devices.add(deviceId)
  }

  /** One file of a disk, the nth in the order of their names. Nothing where there is none. */
  harm(deviceId: number, disk: FileSystem, how: Harm, nth: number): void {
    const files = [...disk.files()]
      .filter(([path]) => fidOfPath(path) !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    const [path, node] = files[nth % files.length] ?? []
    const fid = path === undefined ? undefined : fidOfPath(path)
    if (path === undefined || node === undefined || fid === undefined) return
    this.#copies.add(`${deviceId}/${fid}`)
    if (how === 'lose') removeFrom(disk.root, path.split('/').filter(Boolean))
    else ruin(node, how, `${deviceId}/${fid}`)
  }
}

function ruin(node: FileNode, how: 'rot' | 'unreadable', name: string): void {
  if (how === 'rot') node.rot(seeded(name))
  else node.isUnreadable = true
}

function removeFrom(root: DirectoryNode, parts: readonly string[]): void {
  let directory = root
  for (const part of parts.slice(0, -1)) {
    const below = directory.names.get(part)
    if (below?.kind !== 'directory') return
    directory = below
  }
  directory.set(parts.at(-1) ?? '', undefined)
  directory.sync()
}
