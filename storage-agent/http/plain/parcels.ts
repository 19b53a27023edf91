// Buffers in which an answer is put together where it is sent from: the body is read to its place,
// the head is written right before it, and one write sends both without a copy. Used again and
// again: allocating 64 KiB for each answer would cost more than reading them.
import { MAX_IDLE_PARCELS, SMALL_BODY_BYTES } from '../../limits.ts'

const HEAD_BYTES = 1_024

const idle: Parcel[] = []

export class Parcel {
  readonly #bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + SMALL_BODY_BYTES)
  /** Where the body goes. */
  readonly body = this.#bytes.subarray(HEAD_BYTES)

  static take(): Parcel {
    return idle.pop() ?? new Parcel()
  }

  /** Nobody may hold anything of it any more. */
  giveBack(): void {
    if (idle.length < MAX_IDLE_PARCELS) idle.push(this)
  }

  /** Head and body as they go over the wire; the body may lie here already. */
  pack(head: string, body: Uint8Array): Buffer {
    if (head.length > HEAD_BYTES || body.length > this.body.length)
      return Buffer.concat([Buffer.from(head, 'latin1'), body])
    const isHere = body.buffer === this.body.buffer && body.byteOffset === this.body.byteOffset
    if (!isHere) this.body.set(body)
    const start = HEAD_BYTES - head.length
    this.#bytes.write(head, start, 'latin1')
    return this.#bytes.subarray(start, HEAD_BYTES + body.length)
  }
}
