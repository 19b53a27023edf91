// Asks nodes whether they hold a fid, within a time. A node that did not answer is remembered as
// silent for a moment, so that one stopped node costs one wait and not one per request.
import type { Clock } from '#shared/clock.ts'
import { MAX_TRACKED_NODES } from '#shared/limits.ts'

/** As long as MogileFS's clients skip a host that failed them. */
export const SILENT_FOR_MS = 5_000

/** A copy as a tracker asks for it. */
export interface Copy {
  /** Where the tracker reaches it, with a ticket. */
  url: string
  /** The base URL of its node, as clients know it: by this it is remembered. */
  node: string
}

export interface NodeProbe {
  /** HEAD; undefined when the node did not answer in time. */
  head(
    copy: Copy,
    timeoutMs: number,
    headers?: Record<string, string>,
  ): Promise<Response | undefined>
  /**
   * The first of these that answers with so many bytes. Each is asked when the one before failed or
   * took a quarter of the time, so that a stopped node does not use the time up.
   */
  firstHolding<Asked extends Copy>(
    copies: readonly Asked[],
    bytes: number,
    timeoutMs: number,
  ): Promise<Asked | undefined>
  /** True while the node of this base URL is remembered as silent. */
  isSilent(baseUrl: string): boolean
}

interface World {
  clock: Clock
  fetch: typeof globalThis.fetch
}

export function nodeProbe({ clock, fetch }: World): NodeProbe {
  const silentUntilMs = new Map<string, number>()

  const head: NodeProbe['head'] = async ({ url, node: baseUrl }, timeoutMs, headers = {}) => {
    const node = originOf(baseUrl)
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await fetch(url, { method: 'HEAD', redirect: 'manual', headers, signal })
      silentUntilMs.delete(node)
      return response
    } catch {
      // refused, reset or too slow: all the same to the caller, who asks another node
      if (silentUntilMs.size >= MAX_TRACKED_NODES) silentUntilMs.clear()
      silentUntilMs.set(node, clock.nowMs() + SILENT_FOR_MS)
      return undefined
    }
  }

  const holds = async (copy: Copy, bytes: number, timeoutMs: number) => {
    const response = await head(copy, timeoutMs)
    return response?.status === 200 && Number(response.headers.get('content-length')) === bytes
  }

  return {
    head,
    isSilent: (baseUrl) => (silentUntilMs.get(originOf(baseUrl)) ?? 0) > clock.nowMs(),
    async firstHolding<Asked extends Copy>(
      copies: readonly Asked[],
      bytes: number,
      timeoutMs: number,
    ) {
      const asked: Promise<Asked | undefined>[] = []
      const deadline = clock.nowMs() + timeoutMs
      for (const copy of copies) {
        const leftMs = Math.max(1, deadline - clock.nowMs())
        asked.push(holds(copy, bytes, leftMs).then((yes) => (yes ? copy : undefined)))
        const answered = new AbortController()
        const patience = clock.sleep(timeoutMs / 4, answered.signal).then(() => undefined)
        const found = await firstFound([...asked, patience], asked.length)
        answered.abort()
        if (found !== undefined) return found
      }
      return firstFound(asked, asked.length)
    },
  }
}

const originOf = (url: string) => (url === '' ? '' : new URL(url).origin)

/** The first value found; undefined once `enough` promises, or any beyond them, found none. */
function firstFound<Found>(
  promises: readonly Promise<Found | undefined>[],
  enough: number,
): Promise<Found | undefined> {
  return new Promise((resolve, reject) => {
    let missing = enough
    if (missing === 0) resolve(undefined)
    const settle = (index: number, found: Found | undefined) => {
      missing -= 1
      if (found !== undefined || index >= enough || missing === 0) resolve(found)
    }
    for (const [index, promise] of promises.entries())
      promise.then((found) => settle(index, found), reject)
  })
}
