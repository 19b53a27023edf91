// Removes a domain that has no files.
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const domainRm = defineVerb({
  usage: 'domain rm NAME',
  says: 'removes a domain that has no files',
  example: 'mog domain rm photos',
  args: [1, 1],
  options: {},
  async run(context) {
    const [domain = ''] = context.args
    const admin = await context.admin()
    await admin.domains.delete(domain)
    await context.say({ domain }, `the domain ${printable(domain)} is gone`)
  },
})
