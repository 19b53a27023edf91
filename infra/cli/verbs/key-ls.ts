// The API keys: what each may do, and where. Their secrets are kept nowhere.
import { table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const keyLs = defineVerb({
  usage: 'key ls',
  says: 'lists the API keys and what each may do',
  example: 'mog key ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.keys.list()
    const rows = list.keys.map(({ apiKeyId, label, domain, scopes, ratePerS }) => [
      String(apiKeyId),
      label,
      domain ?? 'every domain',
      scopes.join(', '),
      ratePerS === null ? 'as set' : `${ratePerS}/s`,
    ])
    const columns = [['ID', 'right'], ['LABEL'], ['GOOD FOR'], ['MAY'], ['RATE', 'right']] as const
    await context.say(list, table(columns, rows))
  },
})
