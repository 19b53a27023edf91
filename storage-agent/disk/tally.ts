// What was read from a device and written to it, and how long that took: counted where it happens,
// by a few additions into typed arrays.
import { Histogram } from '#shared/metrics/histogram.ts'

/** About ten of them make up what is known. */
const NEWEST_COUNTS = 0.1

export class Tally {
  /** From the wish to the whole of a small file, or an open large one. */
  readonly find = new Histogram()
  /** From a small file in memory to its being durable. */
  readonly store = new Histogram()
  readonly #bytes = new Float64Array(2)
  readonly #waitMs = new Float64Array(1)

  get bytesRead(): number {
    return this.#bytes[0] ?? 0
  }

  get bytesWritten(): number {
    return this.#bytes[1] ?? 0
  }

  /** What a find or a store took lately; the newest count most. */
  get waitMs(): number {
    return this.#waitMs[0] ?? 0
  }

  found(tookMs: number): void {
    this.find.observe(tookMs)
    this.#wait(tookMs)
  }

  stored(bytes: number, tookMs: number): void {
    this.store.observe(tookMs)
    this.wrote(bytes)
    this.#wait(tookMs)
  }

  read(bytes: number): void {
    this.#bytes[0] = this.bytesRead + bytes
  }

  wrote(bytes: number): void {
    this.#bytes[1] = this.bytesWritten + bytes
  }

  #wait(tookMs: number): void {
    this.#waitMs[0] = this.waitMs + (tookMs - this.waitMs) * NEWEST_COUNTS
  }
}
