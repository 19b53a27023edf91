// Makes a domain, with its class `default`.
import { quotaOptions, readQuotas } from '../quota-options.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const domainAdd = defineVerb({
  usage: 'domain add NAME',
  says: 'makes a domain, with a class `default`',
  example: 'mog domain add photos\nmog domain add guests --quota-bytes 500GB',
  args: [1, 1],
  options: quotaOptions,
  async run(context) {
    const [domain = ''] = context.args
    const quotas = readQuotas(context.values)
    const admin = await context.admin()
    await admin.domains.add(domain, quotas)
    await context.say({ domain, ...quotas }, `the domain ${printable(domain)} is there`)
  },
})
