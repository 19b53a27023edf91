// A file as the kernel has it, and beside that what of it a power cut would leave: bytes that were
// not synced may be lost, kept or torn.
import type { Random } from '../random.ts'

const BLOCK_BYTES = 512

interface Stretch {
  from: number
  to: number
}

/** Bytes that grow. */
class Content {
  bytes = 0
  #room: Buffer<ArrayBuffer> = Buffer.alloc(0)

  get view(): Buffer<ArrayBuffer> {
    return this.#room.subarray(0, this.bytes)
  }

  put(source: Uint8Array, position: number): void {
    const end = position + source.length
    this.resize(Math.max(this.bytes, end))
    this.#room.set(source, position)
  }

  resize(bytes: number): void {
    if (bytes > this.#room.length) {
      const room = Buffer.alloc(Math.max(bytes, 2 * this.#room.length))
      this.#room.copy(room)
      this.#room = room
    }
    if (bytes < this.bytes) this.#room.fill(0, bytes, this.bytes)
    this.bytes = bytes
  }
}

export class FileNode {
  readonly kind = 'file'
  readonly ino: number
  modifiedMs = 0
  /** Of its bytes. */
  version = 0
  /** Sectors that cannot be read. */
  isUnreadable = false
  readonly #cached = new Content()
  readonly #stable = new Content()
  #dirty: Stretch[] = []

  constructor(ino: number) {
    this.ino = ino
  }

  get bytes(): number {
    return this.#cached.bytes
  }

  read(position: number, length: number): Buffer<ArrayBuffer> {
    return this.#cached.view.subarray(position, position + length)
  }

  write(source: Uint8Array, position: number): void {
    this.version++
    this.#cached.put(source, position)
    this.#dirty.push({ from: position, to: position + source.length })
  }

  truncate(bytes: number): void {
    this.version++
    const from = Math.min(bytes, this.#cached.bytes)
    this.#cached.resize(bytes)
    this.#dirty.push({ from, to: bytes })
  }

  sync(): void {
    for (const stretch of this.#dirty) this.#settle(stretch)
    this.#dirty = []
    this.#stable.resize(this.#cached.bytes)
  }

  /** Of what was not synced each stretch is kept, lost, or torn between sectors. */
  loseUnsynced(random: Random): void {
    for (const stretch of this.#dirty) {
      const sectors = Math.ceil((stretch.to - stretch.from) / BLOCK_BYTES)
      const kept = random.pick([0, sectors, random.below(sectors + 1)])
      const to = Math.min(stretch.to, stretch.from + kept * BLOCK_BYTES)
      if (to > stretch.from) this.#settle({ from: stretch.from, to })
    }
    this.#dirty = []
    this.version++
    this.#cached.resize(0)
    this.#cached.put(this.#stable.view, 0)
  }

  /** What a disk does to itself: the bytes change where they lie. */
  rot(random: Random): void {
    if (this.#stable.bytes === 0) return
    this.version++
    const at = random.below(this.#stable.bytes)
    for (const content of [this.#stable, this.#cached]) {
      const [byte] = content.view.subarray(at, at + 1)
      if (byte !== undefined) content.put(Uint8Array.of(255 - byte), at)
    }
  }

  #settle({ from, to }: Stretch): void {
    const source = this.#cached.view.subarray(from, to)
    if (source.length > 0) this.#stable.put(source, from)
  }
}
