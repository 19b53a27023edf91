// What happened, one line an event: `noun.verb` and its facts. Facts must hold no secret.
import { prettyLine } from './pretty-line.ts'
import type { Facts } from './problems.ts'
import { redactField } from './redact.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export interface Events {
  emit(level: Level, event: `${string}.${string}`, facts?: Facts): void
}

const rank: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 }

export type LogForm = 'json' | 'pretty'

export interface Log {
  /** Of less weight, nothing is written. */
  least?: Level
  /** `json`: a line an event, for machines. */
  form?: LogForm
  /** Gets each line without its newline. */
  write?: (line: string) => void
}

/** Where events become lines of a log. No secret passes (redact.ts). */
export const logEvents = (
  source: string,
  { least = 'info', form = 'json', write = console.log }: Log = {},
): Events => ({
  emit(level, event, facts = {}) {
    if (rank[level] < rank[least]) return
    const at = new Date()
    write(
      form === 'pretty'
        ? prettyLine(at, level, event, facts)
        : JSON.stringify({ at, level, source, event, ...facts }, redactField),
    )
  },
})

export const jsonEvents = (
  source: string,
  least: Level = 'info',
  write: (line: string) => void = console.log,
): Events => logEvents(source, { least, write })

/** An error as facts: its message, its stack, and the causes behind it. */
export const errorFacts = (error: unknown): Facts =>
  error instanceof Error
    ? {
        error: error.message,
        stack: error.stack,
        ...(error.cause !== undefined && { cause: errorFacts(error.cause) }),
      }
    : { error: String(error) }
