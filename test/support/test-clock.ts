// Time that a test moves. It begins now and stands still; whoever sleeps wakes when it was moved
// far enough, or by its own signal.
import type { Clock } from '#shared/clock.ts'

export interface TestClock extends Clock {
  advance(ms: number): void
  /** Resolves once so many sleep at the same time: whatever they did before is done. */
  sleepers(atLeast: number): Promise<void>
}

interface Sleeper {
  atMs: number
  wake: () => void
}

export function testClock(startMs = Date.now()): TestClock {
  const asleep = new Set<Sleeper>()
  const watchers = new Set<() => void>()
  let nowMs = startMs

  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const sleeper = { atMs: nowMs + ms, wake: () => wake() }
      const wake = () => {
        asleep.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      if (signal?.aborted === true) return resolve()
      asleep.add(sleeper)
      signal?.addEventListener('abort', wake, { once: true })
      for (const look of watchers) look()
    })

  const sleepers = (atLeast: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (asleep.size < atLeast) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })

  return {
    nowMs: () => nowMs,
    sleep,
    sleepers,
    advance(ms) {
      nowMs += ms
      for (const { atMs, wake } of asleep) if (atMs <= nowMs) wake()
    },
  }
}
