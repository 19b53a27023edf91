// An event for people at a terminal: time, level, what happened, and its facts as `name=value`; a
// stack stands below it, line by line.
import type { Level } from './events.ts'
import type { Facts } from './problems.ts'
import { redactField } from './redact.ts'

/** ANSI: grey, none, yellow, red. */
const COLOURS: Record<Level, number> = { debug: 90, info: 0, warn: 33, error: 31 }
const CLOCK_START = 'YYYY-MM-DDT'.length
const LEVEL_WIDTH = 5

export function prettyLine(at: Date, level: Level, event: string, facts: Facts): string {
  const clock = at.toISOString().slice(CLOCK_START, -1)
  const { stack, ...others } = facts
  const words = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${textOf(name, value)}`)
  const head = `${clock} ${level.toUpperCase().padEnd(LEVEL_WIDTH)} ${event}`
  const below = typeof stack === 'string' ? `\n${String(redactField('stack', stack))}` : ''
  return `\x1b[${COLOURS[level]}m${head}\x1b[0m${words.join('')}${below}`
}

function textOf(name: string, value: unknown): string {
  const text = JSON.stringify(
    typeof value === 'string' ? redactField(name, value) : value,
    redactField,
  )
  return /^"[\w.:/-]+"$/.test(text) ? text.slice(1, -1) : text
}
