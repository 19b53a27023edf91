// Reads a file from whichever copy answers. A copy that dies on the way is left for the next, which
// goes on at the byte where it stopped: the bytes of a fid never change (I1).
import { copiesOf, placeOfCopy } from './copies.ts'
import { isWorthAnotherNode } from './elsewhere.ts'
import { type ByteRange, type OpenCopy, openCopy } from './open-copy.ts'
import { refuse } from './refusal.ts'
import { resumingBody } from './resuming-body.ts'
import type { Tracker } from './tracker.ts'

export interface GetOptions {
  range?: ByteRange | undefined
  /** Copies that were found damaged, by the `Mog-Copy` they came with: others come first. */
  avoid?: ReadonlySet<string> | undefined
  signal?: AbortSignal | undefined
}

const NONE: ReadonlySet<string> = new Set()

/**
 * The node's own response, with `Mog-Fid` and `Mog-Copy` besides: 200, or 206 for a range.
 * `paths` is the path where the domain's files are looked up.
 */
export async function get(
  tracker: Tracker,
  paths: string,
  key: string,
  { range, avoid = NONE, signal }: GetOptions = {},
): Promise<Response> {
  const copies = copiesOf(tracker, paths, key, avoid, signal)

  const openNext = async (part?: ByteRange, because?: Error): Promise<OpenCopy> => {
    signal?.throwIfAborted()
    let failure = because
    for (let next = await copies.next(); next.done !== true; next = await copies.next()) {
      try {
        return await openCopy(tracker, next.value, part, signal)
      } catch (error) {
        if (!isWorthAnotherNode(error)) throw error
        failure = error
      }
    }
    const reason = failure?.message ?? 'there is none'
    throw refuse('no_readable_replica', `No copy can be read: ${reason}`, { cause: failure })
  }

  const { first = 0, last = Infinity } = range ?? {}
  const opened = await openNext(range)
  const { fid, bytes } = opened.copy

  const resume = async (delivered: number, failure: Error): Promise<OpenCopy> => {
    const next = await openNext({ ...range, first: first + delivered }, failure)
    if (next.copy.fid === fid) return next
    await next.response.body?.cancel()
    throw refuse('no_readable_replica', 'The file was replaced while it was read')
  }
  const length = Math.min(last, bytes - 1) - first + 1
  const headers = new Headers(opened.response.headers)
  headers.set('mog-fid', String(fid))
  headers.set('mog-copy', placeOfCopy(opened.copy.url))
  return new Response(resumingBody(opened, length, resume), {
    status: opened.response.status,
    headers,
  })
}
