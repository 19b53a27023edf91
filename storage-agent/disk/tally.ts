// What was read from a device and written to it, and how long that took: counted where it happens,
// by a few additions into typed arrays.
import { Histogram } from '#shared/metrics/histogram.ts'

export class Tally {
  /** From the wish to the whole of a small file, or an open large one. */
  readonly find = new Histogram()
  /** From a small file in memory to its being durable. */
  readonly store = new Histogram()
  readonly #bytes = new Float64Array(2)

  get bytesRead(): number {
    return this.#bytes[0] ?? 0
  }

  get bytesWritten(): number {
    return this.#bytes[1] ?? 0
  }

  read(bytes: number): void {
    this.#bytes[0] = this.bytesRead + bytes
  }

  wrote(bytes: number): void {
    this.#bytes[1] = this.bytesWritten + bytes
  }
}
