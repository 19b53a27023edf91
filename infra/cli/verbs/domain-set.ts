// Changes what a domain may hold. What it holds already stays.
import { quotaOptions, readQuotas } from '../quota-options.ts'
import { printable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const domainSet = defineVerb({
  usage: 'domain set NAME',
  says: 'changes what a domain may hold',
  example: 'mog domain set photos --quota-bytes 2TB --quota-files none',
  args: [1, 1],
  options: quotaOptions,
  async run(context) {
    const [domain = ''] = context.args
    const quotas = readQuotas(context.values)
    const news = Object.entries(quotas).map(([name, value]) => `${name} ${value ?? 'none'}`)
    if (news.length === 0) throw new UsageError('Nothing is to change', 'mog help domain set')
    const admin = await context.admin()
    await admin.domains.change(domain, quotas)
    await context.say({ domain, ...quotas }, `${printable(domain)}: ${news.join(', ')}`)
  },
})
