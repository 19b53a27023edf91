// A device's journal: small bodies become durable many at a time, by one write. A thread of its own
// writes them and creates their files, so that a disk which takes its time stops nobody else.
// 4 KiB over 16 connections: 10,500 a second, where a file's own fdatasync and its directory's gave
// 4,500 (2026-11, 2 cores, virtio disk; `npm run bench -- agent-put`).
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import type { Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { MAX_JOURNAL_BATCH_BYTES, MAX_JOURNAL_WAITING_BYTES } from '../../limits.ts'
import { FILE_MODE, fileOf } from '../layout.ts'
import { errorOf } from '../threads/failure.ts'
import { startThread } from '../threads/start-thread.ts'
import { HalfFiles, halfPaths } from './half-files.ts'
import type { Answer, Order, Outcome, Told } from './messages.ts'
import { encodeRecords, recordBytes } from './records.ts'
import { replay } from './replay.ts'
import { settleFiles } from './settle.ts'

interface Entry {
  kind: 'store' | 'forget'
  fid: Fid
  /** SHA-256 of the body. */
  digest: Uint8Array
  body: Uint8Array
  settled: PromiseWithResolvers<Outcome>
}

const nothing = new Uint8Array()

export class Journal implements AsyncDisposable {
  /** Files that a crash had lost, and that were brought back. */
  readonly restored: number
  readonly #root: string
  readonly #onStuck: (error: unknown) => void
  /** Started when it is first needed: a device that takes no small files needs none. */
  #thread: Worker | undefined
  readonly #waiting: Entry[] = []
  #waitingBytes = 0
  /** The batch that is with the thread, or will be within this turn of the event loop. */
  #underWay: readonly Entry[] | undefined
  readonly #closed = Promise.withResolvers<readonly string[]>()

  private constructor(root: string, restored: number, onStuck: (error: unknown) => void) {
    this.#root = root
    this.restored = restored
    this.#onStuck = onStuck
  }

  /** Replays what a crash left. `onStuck` hears why files cannot be made durable, each time. */
  static async open(root: string, onStuck: (error: unknown) => void): Promise<Journal> {
    return new Journal(root, await replay(root), onStuck)
  }

  /** Durable when it resolves to `stored` or `kept`. To be called in the fid's turn. */
  async store(fid: Fid, body: Uint8Array, digest: Uint8Array): Promise<Outcome> {
    if (this.#waitingBytes > MAX_JOURNAL_WAITING_BYTES) return 'full'
    return this.#put({ kind: 'store', fid, body, digest, settled: Promise.withResolvers() })
  }

  /** After this no replay brings the fid's file back: to be called before it is erased. */
  async forget(fid: Fid): Promise<void> {
    if (this.#thread === undefined) return
    const settled = Promise.withResolvers<Outcome>()
    const entry = { kind: 'forget', fid, body: nothing, digest: nothing, settled } as const
    if ((await this.#put(entry)) === 'full')
      throw new Problem('busy', { reason: 'the journal is full' })
  }

  /** All files are durable, and the journal empty. To be called when nobody uses it any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#thread === undefined) return
    const ended = once(this.#thread, 'exit')
    this.#order({ kind: 'close' })
    await settleFiles(this.#root, await this.#closed.promise)
    await using halves = await HalfFiles.open(this.#root)
    await halves.clear()
    await ended
  }

  #put(entry: Entry): Promise<Outcome> {
    this.#waiting.push(entry)
    this.#waitingBytes += recordBytes(entry.body.length)
    if (this.#underWay === undefined) {
      this.#underWay = []
      setImmediate(this.#sendNext) // with what else comes in this turn
    }
    return entry.settled.promise
  }

  /** What comes while the thread is at work makes the next batch. */
  readonly #sendNext = (): void => {
    this.#underWay = this.#waiting.length === 0 ? undefined : this.#takeBatch()
    if (this.#underWay === undefined) return
    const bytes = encodeRecords(this.#underWay).buffer
    const files = this.#underWay.map(({ fid }) => fileOf(fid))
    this.#order({ kind: 'write', batch: { bytes, files } }, bytes)
  }

  #takeBatch(): Entry[] {
    let bytes = 0
    const end = this.#waiting.findIndex(({ body }) => {
      bytes += recordBytes(body.length)
      return bytes > MAX_JOURNAL_BATCH_BYTES
    })
    const taken = this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(end, 1))
    for (const { body } of taken) this.#waitingBytes -= recordBytes(body.length)
    return taken
  }

  #order(order: Order, ...handedOver: ArrayBuffer[]): void {
    this.#thread ??= this.#start()
    this.#thread.postMessage(order, handedOver)
  }

  /** An error that its thread does not expect ends the agent, as any of ours does. */
  #start(): Worker {
    const thread = startThread('journal.cjs')
    const opening = { root: this.#root, halves: halfPaths(this.#root), fileMode: FILE_MODE }
    thread.postMessage({ kind: 'open', opening } satisfies Order, [])
    return thread.on('message', (told: Told) => this.#hear(told))
  }

  #hear(told: Told): void {
    if (told.kind === 'stuck') return this.#onStuck(errorOf(told.failure))
    if (told.kind === 'closed') return this.#closed.resolve(told.files)
    const entries = this.#underWay ?? []
    this.#sendNext()
    for (const [index, { settled }] of entries.entries()) settle(settled, told.answers[index])
  }
}

function settle({ resolve, reject }: Entry['settled'], answer: Answer | undefined): void {
  if (typeof answer === 'string') resolve(answer)
  else reject(answer && errorOf(answer))
}
