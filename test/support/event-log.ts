// What trackers log in a test. An error is a bug of ours: it fails the test, wherever it came up.
import type { Events } from '#shared/events.ts'
import type { Facts } from '#shared/problems.ts'

export interface LoggedEvent {
  level: string
  event: string
  facts: Facts
}

export interface EventLog extends Events {
  readonly logged: readonly LoggedEvent[]
  /** Throws the first error that was logged since it was last called. */
  throwErrors(): void
}

export function eventLog(): EventLog {
  const logged: LoggedEvent[] = []
  let seen = 0
  return {
    logged,
    emit(level, event, facts = {}) {
      logged.push({ level, event, facts })
    },
    throwErrors() {
      const error = logged.slice(seen).find(({ level }) => level === 'error')
      seen = logged.length
      if (error === undefined) return
      throw new Error(`a tracker logged ${error.event}: ${String(error.facts['error'])}`, {
        cause: error.facts,
      })
    },
  }
}
