// What happened in a domain, oldest first; with --follow also what happens from now on.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '#shared/wire/changes.ts'
import { humanBytes, humanTime } from '../human-units.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

const FOLLOW_MS = 1_000

export const changes = defineVerb({
  usage: 'changes',
  says: 'lists what happened in a domain, oldest first',
  example: 'mog changes --after now --follow',
  args: [0, 0],
  options: {
    after: { type: 'string', value: 'CURSOR', says: 'go on behind it; `now` leaves out the past' },
    follow: { type: 'boolean', short: 'f', says: 'go on with what happens' },
  },
  async run(context) {
    const { follow = false } = context.values
    const domain = await context.domain()
    const { signal } = context.io
    let { after } = context.values
    for (;;) {
      for await (const page of domain.changes({ after, signal })) {
        for (const change of page.changes) await context.say(change, lineOf(change))
        after = page.cursor
      }
      if (!follow) return
      await sleep(FOLLOW_MS, undefined, { signal })
    }
  },
})

function lineOf({ atMs, kind, key, prevKey, bytes, cursor }: Change): string {
  const what = prevKey === null ? printable(key) : `${printable(prevKey)} -> ${printable(key)}`
  const columns = [
    humanTime(atMs),
    cursor.padEnd(14),
    kind.padEnd(9),
    humanBytes(bytes).padStart(8),
  ]
  return `${columns.join('  ')}  ${what}`
}
