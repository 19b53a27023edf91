// Directories that must survive a power cut with the names in them. One fsync serves all who wait:
// who arrives while one runs waits for the next, because the running one may not see its name.
import { mkdir } from 'node:fs/promises'
import { MAX_KNOWN_DIRECTORIES } from '../limits.ts'
import type { Lane } from './lane.ts'
import { directoriesOf } from './layout.ts'
import { syncDirectory } from './replace-file.ts'

interface Syncing {
  running: Promise<void>
  next?: Promise<void>
}

export class Directories {
  readonly #root: string
  readonly #lane: Lane
  readonly #syncing = new Map<string, Syncing>()
  /** Those whose name in their parent was made durable in this life: to exist is not enough. */
  readonly #durable = new Set<string>()

  constructor(root: string, lane: Lane) {
    this.#root = root
    this.#lane = lane
  }

  /** Makes the directory of a file, and those above it, durably. */
  async makeFor(file: string): Promise<void> {
    const [leaf, ...above] = directoriesOf(file)
    if (this.#durable.has(leaf)) return
    await this.#lane.run(() => mkdir(this.#root + leaf, { recursive: true }))
    if (this.#durable.size > MAX_KNOWN_DIRECTORIES) this.#durable.clear()
    let directory = leaf
    for (const parent of above) {
      if (!this.#durable.has(directory)) await this.sync(parent)
      this.#durable.add(directory)
      directory = parent
    }
  }

  sync(directory: string): Promise<void> {
    const syncing = this.#syncing.get(directory)
    if (syncing === undefined) return this.#start(directory)
    syncing.next ??= this.#startAfter(directory, syncing.running)
    return syncing.next
  }

  async #startAfter(directory: string, running: Promise<void>): Promise<void> {
    await Promise.allSettled([running])
    await this.#start(directory)
  }

  async #start(directory: string): Promise<void> {
    const running = this.#lane.run(() => syncDirectory(this.#root + directory))
    const syncing: Syncing = { running }
    this.#syncing.set(directory, syncing)
    try {
      await running
    } finally {
      if (this.#syncing.get(directory) === syncing && syncing.next === undefined)
        this.#syncing.delete(directory)
    }
  }
}
