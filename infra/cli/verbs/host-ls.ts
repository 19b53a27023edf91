// The hosts, and when each was last heard.
import { humanMs } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [
  ['ID', 'right'],
  ['HOST'],
  ['STATE'],
  ['ZONE'],
  ['SILENT FOR'],
  ['URL'],
]

export const hostLs = defineVerb({
  usage: 'host ls',
  says: 'lists the hosts',
  example: 'mog host ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.hosts.list()
    const rows = list.hosts.map(({ hostId, name, state, zone, silentMs, publicUrl, url }) => [
      String(hostId),
      name,
      state,
      zone ?? '-',
      silentMs === null ? 'never heard' : humanMs(silentMs),
      publicUrl ?? url ?? '-',
    ])
    await context.say(list, table(columns, rows))
  },
})
