// Makes a domain, with its class `default`.
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const domainAdd = defineVerb({
  usage: 'domain add NAME',
  says: 'makes a domain, with a class `default`',
  example: 'mog domain add photos',
  args: [1, 1],
  options: {},
  async run(context) {
    const [domain = ''] = context.args
    const admin = await context.admin()
    await admin.domains.add(domain)
    await context.say({ domain }, `the domain ${printable(domain)} is there`)
  },
})
