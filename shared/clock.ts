// Time as an argument: everything that reads it or waits for it takes a Clock.

export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number
  /** Resolves after the time, or at once when the signal aborts: the caller looks at the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const wake = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      signal?.addEventListener('abort', wake, { once: true })
    }),
}
