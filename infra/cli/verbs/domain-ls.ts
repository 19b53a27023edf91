// The domains and what their classes promise.
import { table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const domainLs = defineVerb({
  usage: 'domain ls',
  says: 'lists the domains with their classes',
  example: 'mog domain ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.domains.list()
    const rows = list.domains.map(({ name, classes }) => [
      name,
      classes.map((each) => `${each.name} (${each.copies})`).join(', '),
    ])
    await context.say(list, table([['DOMAIN'], ['CLASSES (COPIES)']], rows))
  },
})
