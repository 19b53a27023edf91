// Patience for one exchange: its signal aborts when the other side keeps us waiting for too long.
import type { Clock } from '../clock.ts'

export interface Watchdog {
  /** Aborts on a stall, or with the caller's own reason. */
  readonly signal: AbortSignal
  readonly caller: AbortSignal | undefined
  /** From now on the other side is waited for. */
  begin(): void
  /** It is our turn, or the exchange is over. */
  rest(): void
}

export function watchdog(patienceMs: number, clock: Clock, caller?: AbortSignal): Watchdog {
  const stall = new AbortController()
  let nap: AbortController | undefined

  const rest = () => nap?.abort()
  const begin = () => {
    rest()
    const ours = new AbortController()
    nap = ours
    void clock.sleep(patienceMs, ours.signal).then(() => {
      if (!ours.signal.aborted) stall.abort(stalled(patienceMs))
    })
  }
  const signal = caller === undefined ? stall.signal : AbortSignal.any([caller, stall.signal])
  return { signal, caller, begin, rest }
}

const stalled = (ms: number) =>
  new DOMException(`nothing came for ${Math.round(ms / 1000)} seconds`, 'TimeoutError')
