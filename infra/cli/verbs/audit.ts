// What operators changed: who, when, what was before and after.
import type { AuditEntry } from '#shared/wire/admin.ts'
import { wholeNumber } from '../arguments.ts'
import { humanTime } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [['N', 'right'], ['WHEN'], ['WHO'], ['DID'], ['WHAT']]

export const audit = defineVerb({
  usage: 'audit',
  says: 'lists what operators changed, oldest first',
  example: 'mog audit --after 1200 --limit 50',
  args: [0, 0],
  options: {
    after: { type: 'string', value: 'N', says: 'go on behind this number' },
    limit: { type: 'string', value: 'N', says: 'how many at most: 100 unless told, up to 1,000' },
  },
  async run(context) {
    const { after, limit } = context.values
    const admin = await context.admin()
    const page = await admin.audit({
      ...(after !== undefined && { after: wholeNumber('--after', after, 0) }),
      ...(limit !== undefined && { limit: wholeNumber('--limit', limit, 1) }),
    })
    await context.say(page, table(columns, page.entries.map(rowOf)))
  },
})

const rowOf = (entry: AuditEntry): string[] => [
  String(entry.auditId),
  humanTime(entry.atMs),
  entry.apiKeyId === null ? entry.who : `${entry.who} (key ${entry.apiKeyId})`,
  `${entry.verb} ${entry.noun} ${entry.subject}`,
  whatOf(entry),
]

/** `copies 2 -> 3`; of what came or went, what it was. */
function whatOf({ before, after }: AuditEntry): string {
  const facts = Object.entries(after ?? before ?? {}).map(([name, value]) =>
    before !== null && after !== null
      ? `${name} ${shown(before[name])} -> ${shown(value)}`
      : `${name} ${shown(value)}`,
  )
  return facts.join(', ')
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
