// Runs one thing again and again in concurrent loops, and takes each one's time.

export interface Outcome {
  done: number
  /** From the first start to the last end. */
  ms: number
  bytes: number
  p50Ms: number
  p99Ms: number
}

export interface Pace {
  callers: number
  /** No new one is begun after so long, or after so many. */
  ms?: number | undefined
  times?: number | undefined
}

/** `work` gets its caller's number and its own, and returns how many bytes it moved. */
export async function repeat(
  { callers, ms = Number.POSITIVE_INFINITY, times = Number.POSITIVE_INFINITY }: Pace,
  work: (caller: number, index: number) => Promise<number>,
): Promise<Outcome> {
  const startedMs = performance.now()
  const tookMs: number[] = []
  let [begun, bytes] = [0, 0]

  async function loop(caller: number): Promise<void> {
    for (let now = performance.now(); now - startedMs < ms && begun < times; ) {
      const moved = await work(caller, begun++)
      bytes += moved
      const ended = performance.now()
      tookMs.push(ended - now)
      now = ended
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)))

  const total = performance.now() - startedMs
  const sorted = Float64Array.from(tookMs).toSorted()
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { done: tookMs.length, ms: total, bytes, p50Ms: at(0.5), p99Ms: at(0.99) }
}
