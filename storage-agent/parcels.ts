// Buffers in which an answer is put together where it is sent from: the body is read to its place,
// the head is written right before it, and one write sends both without a copy. Used again and
// again: allocating 64 KiB for each answer would cost more than reading them.
import { ANSWER_HEAD_BYTES, MAX_IDLE_PARCELS, SMALL_BODY_BYTES } from './limits.ts'

const idle: Parcel[] = []

/** One that is not given back is garbage, and no harm. */
export class Parcel {
  #bytes = Buffer.from(new ArrayBuffer(ANSWER_HEAD_BYTES + SMALL_BODY_BYTES))

  static take(): Parcel {
    return idle.pop() ?? new Parcel()
  }

  /** Nobody may hold anything of it any more. */
  giveBack(): void {
    if (idle.length < MAX_IDLE_PARCELS) idle.push(this)
  }

  /** Its memory, to be transferred to a thread; the body goes to ANSWER_HEAD_BYTES. */
  lend(): ArrayBuffer {
    return this.#bytes.buffer
  }

  takeBack(memory: ArrayBuffer): void {
    this.#bytes = Buffer.from(memory)
  }

  /** So many bytes of the body that was put here. */
  body(length: number): Buffer {
    return this.#bytes.subarray(ANSWER_HEAD_BYTES, ANSWER_HEAD_BYTES + length)
  }

  /** Head and body as they go over the wire; the body may lie here already. */
  pack(head: string, body: Uint8Array): Buffer {
    if (head.length > ANSWER_HEAD_BYTES || body.length > SMALL_BODY_BYTES)
      return Buffer.concat([Buffer.from(head, 'latin1'), body])
    const isHere = body.buffer === this.lend() && body.byteOffset === ANSWER_HEAD_BYTES
    if (!isHere) this.body(body.length).set(body)
    const start = ANSWER_HEAD_BYTES - head.length
    this.#bytes.write(head, start, 'latin1')
    return this.#bytes.subarray(start, ANSWER_HEAD_BYTES + body.length)
  }
}
