// Time that a test holds: short waits are over at once, and are noted; patience waits to be tried.
import type { Clock } from '#shared/clock.ts'

/** Backoff is shorter than this, and every patience longer. */
const SHORT_MS = 12_000

export interface TestClock extends Clock {
  /** The short waits, in their order. */
  readonly waits: number[]
  /** How many wait for longer. */
  sleeping(): number
  /** Wakes those whose time has come. */
  advance(ms: number): void
  /** Resolves when somebody waits for longer. */
  untilAsleep(): Promise<void>
}

export function testClock(startMs = Date.parse('2026-01-01T00:00:00Z')): TestClock {
  const sleepers = new Set<{ atMs: number; wake: () => void }>()
  const waits: number[] = []
  let nowMs = startMs
  let fellAsleep = Promise.withResolvers<undefined>()

  const advance = (ms: number) => {
    nowMs += ms
    for (const { atMs, wake } of sleepers) if (atMs <= nowMs) wake()
  }
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms < SHORT_MS) {
      waits.push(ms)
      nowMs += ms
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const wake = () => {
        sleepers.delete(sleeper)
        resolve()
      }
      const sleeper = { atMs: nowMs + ms, wake }
      sleepers.add(sleeper)
      fellAsleep.resolve(undefined)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }
  const untilAsleep = async () => {
    fellAsleep = Promise.withResolvers()
    if (sleepers.size === 0) await fellAsleep.promise
  }
  const sleeping = () => sleepers.size
  return { nowMs: () => nowMs, sleep, waits, sleeping, advance, untilAsleep }
}
