// Whose the devices are while one process takes over from another (../rolling). Before they are
// ours, all but the reading of files waits; once they are another's, it is forwarded there.
import type { Socket } from 'node:net'

/** Of a request: its method and URL with a space after it, or all of it as it came. */
export const isReading = (request: string): boolean => READING.test(request)

/** A client's wish to read a file, by a ticket. A copy for another agent is paced by the owner. */
const READING = /^(?:GET|HEAD) \/(?:dev\d+\/[^ ?]+\?verb=GET&|verb:GET,)(?![^ ]*copy[=:]1)[^ ]+ /

type Owner = 'predecessor' | 'us' | 'successor'

export class Ownership {
  #owner: Owner
  readonly #came = Promise.withResolvers<undefined>()
  /** Requests that change something, or may. */
  readonly #underWay = new Set<{ socket: Socket | undefined }>()
  #onEnded: (() => void) | undefined

  constructor(owner: Owner = 'us') {
    this.#owner = owner
  }

  get isOurs(): boolean {
    return this.#owner === 'us'
  }

  get isGiven(): boolean {
    return this.#owner === 'successor'
  }

  /** Resolves at once, but in a successor that does not own the devices yet. */
  async come(): Promise<void> {
    if (this.#owner === 'predecessor') await this.#came.promise
  }

  take(): void {
    this.#owner = 'us'
    this.#came.resolve(undefined)
  }

  /** What has entered may end here, what comes now may not begin. */
  give(): void {
    this.#owner = 'successor'
  }

  /** Until it is disposed, the devices are in use. `socket`: what may be cut to end it. */
  enter(socket?: Socket): Disposable {
    const entry = { socket }
    this.#underWay.add(entry)
    return {
      [Symbol.dispose]: () => {
        this.#underWay.delete(entry)
        if (this.#underWay.size === 0) this.#onEnded?.()
      },
    }
  }

  /** Resolves when all that had entered has left. What takes longer is cut off. */
  async ended(withinMs: number): Promise<void> {
    if (this.#underWay.size === 0) return
    const ended = Promise.withResolvers<undefined>()
    this.#onEnded = () => ended.resolve(undefined)
    const patience = setTimeout(() => {
      for (const { socket } of this.#underWay) socket?.destroy()
    }, withinMs)
    await ended.promise
    clearTimeout(patience)
  }
}
