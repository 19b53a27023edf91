// Makes an API key. The secret is shown this once.
import { Scope } from '#shared/wire/admin.ts'
import { oneOf } from '../arguments.ts'
import { rateOption, readRate } from '../rate-option.ts'
import { facts } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const keyAdd = defineVerb({
  usage: 'key add LABEL --may SCOPE,...',
  says: 'makes an API key, for every domain or one',
  example: 'mog key add website --may read,list --domain photos',
  args: [1, 1],
  options: {
    may: { type: 'string', value: 'SCOPE,...', says: `some of ${Scope.options.join(', ')}` },
    ...rateOption,
  },
  async run(context) {
    const [label = ''] = context.args
    const { may } = context.values
    if (may === undefined) throw new UsageError('What may the key do?', 'mog help key add')
    const scopes = may.split(',').map((text) => oneOf('--may', text.trim(), Scope))
    const { domain } = context.flags // not MOG_DOMAIN: a key is as wide as it was asked for
    const admin = await context.admin()
    const added = await admin.keys.add({ label, domain, scopes, ...readRate(context.values) })
    const human = facts([
      ['key', added.key],
      ['id', String(added.apiKeyId)],
      ['good for', domain ?? 'every domain'],
      ['next', 'keep the key now: it is not shown again'],
    ])
    await context.say(added, human)
  },
})
