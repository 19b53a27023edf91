// The two halves of a device's journal, used in turns: while one is written, the files that the
// other stands for are made durable, and then it begins anew.
import { setTimeout as sleep } from 'node:timers/promises'
import { JOURNAL_RETRY_MS } from '../../limits.ts'
import { Half } from './half.ts'
import type { Opening } from './messages.ts'
import { settleDevice } from './settle-device.ts'

export class Halves {
  readonly #root: string
  readonly #onStuck: (error: unknown) => void
  readonly #closing = new AbortController()
  #current: Half
  #other: Half
  #generation = 2
  #settling: Promise<void> | undefined

  /** `onStuck` hears why a half cannot be begun anew, each time. */
  constructor({ root, halves }: Omit<Opening, 'fileMode'>, onStuck: (error: unknown) => void) {
    using opening = new DisposableStack()
    this.#root = root
    this.#onStuck = onStuck
    this.#current = opening.use(new Half(halves[0], 1))
    this.#other = opening.use(new Half(halves[1], 2))
    opening.move()
  }

  /** Whether a replay would bring the fid's file back. */
  hold(fid: number): boolean {
    return this.#current.files.has(fid) || this.#other.files.has(fid)
  }

  /** It says so itself, later than it says anything else of the fid. */
  forgot(fid: number): void {
    for (const { files } of [this.#current, this.#other]) files.delete(fid)
  }

  /**
   * One with room, or undefined while the other one's files are still being made durable. To be
   * called when the files of all that was written are there: a full one is begun anew after that.
   */
  halfFor(bytes: number): Half | undefined {
    if (this.#current.hasRoomFor(bytes)) return this.#current
    if (this.#other.isSettling) return undefined
    this.#settling = this.#settle(this.#current)
    ;[this.#current, this.#other] = [this.#other, this.#current]
    return this.#current
  }

  /** Resolves to the files for which the journal still stands. */
  async close(): Promise<string[]> {
    this.#closing.abort()
    await this.#settling
    using current = this.#current
    using other = this.#other
    return [...current.files.values(), ...other.files.values()]
  }

  /** Never rejects: until it succeeds the half is not written again. */
  async #settle(half: Half): Promise<void> {
    half.isSettling = true
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await settleDevice(this.#root)
        this.#generation++
        return half.beginAnew(this.#generation)
      } catch (error) {
        this.#onStuck(error)
        await Promise.allSettled([sleep(JOURNAL_RETRY_MS, undefined, { signal, ref: false })])
      }
    }
  }
}
