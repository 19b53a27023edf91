// How much room a device has for what is not yet on its way: what the last look found free, less
// what came since and what bodies under way were promised. In memory: a crash ends them too.
import { Problem } from '#shared/problems.ts'
import { RESERVED_BYTES } from '../limits.ts'
import type { Body } from './receive.ts'

export class Room {
  #freeAtLook = 0
  #cameAtLook = 0
  /** Of bodies with a promise or without one, ever. */
  #came = 0
  #promised = 0

  /** What a look's answer is to be held against: to be read before the disk is asked. */
  get cameBytes(): number {
    return this.#came
  }

  get bytesFree(): number {
    const cameSince = this.#came - this.#cameAtLook
    return Math.max(0, this.#freeAtLook - cameSince - this.#promised)
  }

  /** What came while the disk was asked counts as not seen: for a second there may be more room. */
  looked(bytesFree: number, cameBytes: number): void {
    this.#freeAtLook = bytesFree
    this.#cameAtLook = cameBytes
  }

  has(bytes: number): boolean {
    return bytes <= this.bytesFree - RESERVED_BYTES
  }

  /** Throws `disk_full`. What has not come of them at the end is free again, however it ended. */
  promise(bytes: number): Promised {
    if (!this.has(bytes)) throw new Problem('disk_full', { bytesFree: this.bytesFree })
    let left = bytes
    this.#promised += bytes
    const pay = (paid: number) => {
      left -= paid
      this.#promised -= paid
    }
    const arrive = (came: number) => {
      pay(Math.min(came, left))
      this.#came += came
    }
    return {
      async *follow(body) {
        for await (const chunk of body) {
          arrive(chunk.length)
          yield chunk
        }
      },
      [Symbol.dispose]: () => pay(left),
    }
  }
}

export interface Promised extends Disposable {
  /** The same bytes; each pays for a byte of the promise. */
  follow: (body: Body) => AsyncGenerator<Uint8Array, void, void>
}
