// A file on its way to one node in pieces, by tus 1.0: what the node has, and what it is sent next.
import * as z from 'zod'
import { checksumOfDigest } from '../digests.ts'
import type { Fid } from '../ids.ts'
import { Stored } from '../wire/uploads.ts'
import { exchange, type Wire } from './exchange.ts'
import { HASHED_BYTES_PER_MS, NODE_STALL_MS } from './limits.ts'
import type { Pieces } from './ranged-body.ts'
import { type Answer, readAnswer, takeAnswer } from './read-answer.ts'
import { refuse } from './refusal.ts'
import { sending } from './sending.ts'
import type { StoreOptions, Target } from './store-at.ts'
import { watchdog } from './watchdog.ts'

export interface PlaceOptions extends StoreOptions {
  fid: Fid
}

const TUS = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }
/** While it is not whole: what came from the start on, and what lies apart. */
const Came = z.object({ stretches: z.array(z.object({ start: z.number(), end: z.number() })) })

export class ResumableNode {
  /** What was sent of the file, if none of it was lost. */
  sentTo = 0
  readonly #wire: Wire
  readonly #target: Target
  readonly #pieces: Pieces
  readonly #options: PlaceOptions

  constructor(wire: Wire, target: Target, pieces: Pieces, options: PlaceOptions) {
    this.#wire = wire
    this.#target = target
    this.#pieces = pieces
    this.#options = options
  }

  /** How much has come; all of it is a file with a receipt, if need be from now on. */
  async ask(): Promise<Stored | number> {
    const { bytes } = this.#pieces
    const { clock } = this.#wire
    const patienceMs = NODE_STALL_MS + bytes / HASHED_BYTES_PER_MS
    const dog = watchdog(patienceMs, clock, this.#options.signal)
    const init = { method: 'PUT', headers: { 'content-range': `bytes */${bytes}` } }
    const answer = await exchange(this.#wire, this.#target.url, init, dog, takeAnswer)
    if (answer.status === 201) return readAnswer(Stored, answer)
    const { stretches } = readAnswer(Came, answer)
    return stretches.find(({ start }) => start === 0)?.end ?? 0
  }

  async send(at: number): Promise<Stored | number> {
    const { clock } = this.#wire
    const { signal, onProgress } = this.#options
    const { body, bytes } = await this.#pieces.next(at)
    const told = (sent: number) => {
      this.sentTo = at + sent
      onProgress?.(this.sentTo)
    }
    // in memory it is one of several pieces, whose ends are told
    const steps = body instanceof ReadableStream ? { onProgress: told } : {}
    const sent = await sending(body, { clock, bytes, signal, ...steps })
    const headers = new Headers({ ...TUS, 'upload-offset': String(at) })
    for (const [name, value] of new Headers(sent.init.headers)) headers.set(name, value)
    const init = { ...sent.init, method: 'PATCH', headers }
    try {
      const answer = await exchange(this.#wire, this.#target.url, init, sent.dog, takeAnswer)
      return await this.#read(answer, at + bytes)
    } catch (error) {
      throw sent.failure() ?? error
    } finally {
      sent.stop()
    }
  }

  async #read({ headers }: Answer, end: number): Promise<Stored | number> {
    const { bytes } = this.#pieces
    const offset = Number(headers.get('upload-offset') ?? Number.NaN)
    if (offset !== end) throw refuse('size_mismatch', `${offset} of ${end} bytes arrived`)
    if (end < bytes) return end
    const { fid } = this.#options
    const receipt = headers.get('mog-receipt')
    const checksum = checksumOfDigest(headers.get('repr-digest'))
    if (receipt === null || checksum === undefined) return this.ask()
    return Stored.parse({ fid, deviceId: this.#target.deviceId, bytes, checksum, receipt })
  }
}
