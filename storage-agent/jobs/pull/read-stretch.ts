// A stretch of a file from whichever node gives it: where one breaks off, stalls or lies about the
// length, the next one goes on at that byte. What was received is never asked for again.
import type { Clock } from '#shared/clock.ts'
import { NODE_STALL_MS } from '../../limits.ts'
import type { Nodes, Stretch } from '../../nodes.ts'
import { type Source, SourceFailure, type Sources } from './sources.ts'

export interface Pulling {
  /** Of the whole file. */
  bytes: number
  sources: Sources
  nodes: Nodes
  clock: Clock
  signal: AbortSignal
  /** A node that stands still for so long is left, where another one has the file. */
  stallMs: number
  /** A source broke off, or gave nothing; `position` is the byte that is needed next. */
  onFailure: (source: Source, reason: string, position: number) => void
}

/** Throws a SourceFailure when nobody is left to ask. */
export async function* readStretch(
  start: number,
  end: number,
  of: Pulling,
): AsyncGenerator<Uint8Array, void, void> {
  let position = start
  let failure: SourceFailure | undefined
  const isAllHere = () => position >= end && (start < end || failure === undefined)
  do {
    const { source, restMs } = of.sources.next((url) => of.nodes.underWay(url))
    const from = position
    failure = undefined
    try {
      if (restMs > 0) await of.clock.sleep(restMs, of.signal)
      for await (const chunk of request(source, { start: from, end, bytes: of.bytes }, of)) {
        position += chunk.length
        yield chunk
      }
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error
      failure = error
    } finally {
      of.sources.ended(source, position - from, failure)
    }
    if (failure !== undefined) of.onFailure(source, failure.message, position)
  } while (!isAllHere())
}

async function* request(
  { url }: Source,
  ask: Stretch,
  { nodes, sources, signal, stallMs }: Pulling,
): AsyncGenerator<Uint8Array, void, void> {
  const patienceMs = sources.usable > 1 ? stallMs : NODE_STALL_MS
  const answer = await nodes.get(url, ask, { signal, stallMs: patienceMs })
  if (answer.body === undefined) throw new SourceFailure(answer.reason, answer)
  const wanted = ask.end - ask.start
  let received = 0
  try {
    for await (const chunk of answer.body) {
      received += chunk.length
      if (received > wanted) throw new Error(`sent more than ${wanted} bytes`)
      yield chunk
    }
    if (received < wanted) throw new Error(`sent ${received} of ${wanted} bytes`)
  } catch (error) {
    signal.throwIfAborted()
    const message = error instanceof Error ? error.message : String(error)
    throw new SourceFailure(message, { cause: error })
  } finally {
    answer.discard()
  }
}
