// What happened, as one JSON line an event: `noun.verb` and its facts. Facts must hold no secret.
import type { Facts } from './problems.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export interface Events {
  emit(level: Level, event: `${string}.${string}`, facts?: Facts): void
}

const rank: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Events as JSON lines; `write` gets each line without its newline. */
export const jsonEvents = (
  source: string,
  least: Level = 'info',
  write: (line: string) => void = console.log,
): Events => ({
  emit(level, event, facts = {}) {
    if (rank[level] < rank[least]) return
    write(JSON.stringify({ at: new Date().toISOString(), level, source, event, ...facts }))
  },
})

/** An error as facts: its message, its stack, and the causes behind it. */
export const errorFacts = (error: unknown): Facts =>
  error instanceof Error
    ? {
        error: error.message,
        stack: error.stack,
        ...(error.cause !== undefined && { cause: errorFacts(error.cause) }),
      }
    : { error: String(error) }
