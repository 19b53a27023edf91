// Says where a host is reached, and in which zone it stands.
import { printable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const hostSet = defineVerb({
  usage: 'host set NAME',
  says: 'says where a host is reached, and in which zone it stands',
  example: [
    'mog host set a --zone fra',
    'mog host set a --internal-url http://10.0.0.7:7500 --internal-mask 10.0.0.0/8',
    'mog host set a --public-url none',
  ].join('\n'),
  args: [1, 1],
  options: {
    'public-url': { type: 'string', value: 'URL', says: 'for clients; none: what its agent says' },
    'internal-url': { type: 'string', value: 'URL', says: 'for agents and trackers; or none' },
    'internal-mask': {
      type: 'string',
      value: 'NETWORK,...',
      says: 'clients from there get the internal address; or none',
    },
    zone: { type: 'string', value: 'NAME', says: 'a room, a data centre, a country; or none' },
  },
  async run(context) {
    const [name = ''] = context.args
    const { values } = context
    const change = {
      ...fieldOf('publicUrl', values['public-url']),
      ...fieldOf('internalUrl', values['internal-url']),
      ...fieldOf('internalMask', values['internal-mask']),
      ...fieldOf('zone', values.zone),
    }
    const news = Object.entries(change).map(([field, value]) => `${field} ${value ?? 'none'}`)
    if (news.length === 0) throw new UsageError('Nothing is to change', 'mog help host set')
    const admin = await context.admin()
    await admin.hosts.change(name, change)
    await context.say({ name, ...change }, `${printable(name)}: ${printable(news.join(', '))}`)
  },
})

const fieldOf = (field: string, text: string | undefined): Record<string, string | null> =>
  text === undefined ? {} : { [field]: text === 'none' ? null : text }
