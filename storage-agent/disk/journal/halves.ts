// The two halves of a device's journal, used in turns: while one is written, the files that the
// other stands for are made durable, and then it is empty again.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fid } from '#shared/ids.ts'
import { JOURNAL_RETRY_MS } from '../../limits.ts'
import type { Lane } from '../lane.ts'
import { JOURNAL_DIR } from '../layout.ts'
import { syncDirectory } from '../replace-file.ts'
import { Half } from './half.ts'
import { replay } from './replay.ts'
import { settleDevice, settleFiles } from './settle.ts'

export class Halves {
  /** Files that a crash had lost, and that were brought back. */
  readonly restored: number
  readonly #root: string
  readonly #onStuck: (error: unknown) => void
  readonly #closing = new AbortController()
  #current: Half
  #other: Half
  #generation = 2
  #settling: Promise<void> | undefined

  private constructor(
    root: string,
    [current, other]: readonly [Half, Half],
    restored: number,
    onStuck: (error: unknown) => void,
  ) {
    this.#root = root
    this.#current = current
    this.#other = other
    this.restored = restored
    this.#onStuck = onStuck
  }

  /** Replays what a crash left. `onStuck` hears why a half cannot be emptied, each time. */
  static async open(root: string, lane: Lane, onStuck: (error: unknown) => void): Promise<Halves> {
    await using opening = new AsyncDisposableStack()
    const first = opening.use(await Half.open(`${root}/${JOURNAL_DIR}/1`, lane, 1))
    const second = opening.use(await Half.open(`${root}/${JOURNAL_DIR}/2`, lane, 2))
    await syncDirectory(`${root}/${JOURNAL_DIR}`) // their names last as long as what is in them
    const restored = await replay(root, [first, second])
    opening.move()
    return new Halves(root, [first, second], restored, onStuck)
  }

  /** Whether a replay would bring the fid's file back. */
  hold(fid: Fid): boolean {
    return this.#current.files.has(fid) || this.#other.files.has(fid)
  }

  /**
   * A half with room, or undefined while the other one's files are still being made durable. The
   * full one must not be emptied before `created` resolves: then all its files exist.
   */
  halfFor(bytes: number, created: Promise<unknown>): Half | undefined {
    if (this.#current.hasRoomFor(bytes)) return this.#current
    if (this.#other.isSettling) return undefined
    this.#settling = this.#settle(this.#current, created)
    ;[this.#current, this.#other] = [this.#other, this.#current]
    return this.#current
  }

  /** All files are durable, and both halves empty, when it resolves. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#settling
    await using current = this.#current
    await using other = this.#other
    const halves = [current, other]
    await settleFiles(
      this.#root,
      halves.flatMap(({ files }) => [...files.values()]),
    )
    for (const half of halves) await half.clear()
  }

  /** Never rejects: until it succeeds the half is not written again. */
  async #settle(half: Half, created: Promise<unknown>): Promise<void> {
    half.isSettling = true
    await created
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await settleDevice(this.#root)
        this.#generation++
        return await half.empty(this.#generation)
      } catch (error) {
        this.#onStuck(error)
        await Promise.allSettled([sleep(JOURNAL_RETRY_MS, undefined, { signal, ref: false })])
      }
    }
  }
}
