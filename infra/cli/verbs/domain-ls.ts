// The domains, what they may hold and what their classes promise.
import { humanBytes } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [
  ['DOMAIN'],
  ['QUOTA', 'right'],
  ['FILES', 'right'],
  ['CLASSES (COPIES)'],
]

export const domainLs = defineVerb({
  usage: 'domain ls',
  says: 'lists the domains with their quotas and classes',
  example: 'mog domain ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.domains.list()
    const rows = list.domains.map(({ name, quotaBytes, quotaFiles, classes }) => [
      name,
      quotaBytes === null ? '-' : humanBytes(quotaBytes),
      quotaFiles === null ? '-' : String(quotaFiles),
      classes.map((each) => `${each.name} (${each.copies})`).join(', '),
    ])
    await context.say(list, table(columns, rows))
  },
})
