// One file at one node, in pieces (tus 1.0): where a piece breaks off, the node is asked how much
// it has, and the next one begins there. A node that has a part is waited for; one without is left.
import type { Stored } from '../wire/uploads.ts'
import { backOff } from './backoff.ts'
import type { Wire } from './exchange.ts'
import { HASHED_BYTES_PER_MS, NODE_TRIES, RESUME_PATIENCE_MS } from './limits.ts'
import type { Pieces } from './ranged-body.ts'
import { Refusal } from './refusal.ts'
import { type PlaceOptions, ResumableNode } from './resumable-node.ts'
import type { Target } from './store-at.ts'
import { Unreachable } from './unreachable.ts'

export interface ResumeOptions extends PlaceOptions {
  /** The node may have a part from before. */
  isBegun: boolean
  /** It probably has: it is waited for, if it does not answer at first. */
  isAwaited: boolean
}

export async function storeResumably(
  wire: Wire,
  target: Target,
  pieces: Pieces,
  options: ResumeOptions,
): Promise<Stored> {
  const node = new ResumableNode(wire, target, pieces, options)
  const { clock } = wire
  const patience = new Patience(pieces.bytes, () => clock.nowMs())
  if (options.isAwaited) patience.renew(1)
  let at = options.isBegun ? undefined : 0 // undefined: the node knows
  for (let tries = 1; ; tries++) {
    try {
      const next = at === undefined ? await node.ask() : await node.send(at)
      if (typeof next !== 'number') return next
      if (next > (at ?? 0)) tries = 0
      at = next
      patience.renew(next)
      options.onProgress?.(next)
    } catch (error) {
      patience.renew(node.sentTo)
      at = undefined
      if (!isPassing(error) || patience.isOver(tries)) throw error
      await backOff(error, tries, clock, options.signal)
    }
  }
}

const isPassing = (error: unknown) =>
  error instanceof Unreachable || (error instanceof Refusal && error.retry === 'later')

/** How long a node is waited for, by what would have to be sent again without it. */
class Patience {
  readonly #bytes: number
  readonly #nowMs: () => number
  #farthest = 0
  #untilMs = 0

  constructor(bytes: number, nowMs: () => number) {
    this.#bytes = bytes
    this.#nowMs = nowMs
  }

  /** So much has arrived, or was sent at least. What was there before is no progress. */
  renew(to: number): void {
    if (to <= this.#farthest) return
    this.#farthest = to
    // what has all of it may be reading it for its checksum
    const hashingMs = to < this.#bytes ? 0 : this.#bytes / HASHED_BYTES_PER_MS
    this.#untilMs = this.#nowMs() + RESUME_PATIENCE_MS + hashingMs
  }

  isOver(tries: number): boolean {
    return this.#farthest === 0 ? tries >= NODE_TRIES : this.#nowMs() >= this.#untilMs
  }
}
