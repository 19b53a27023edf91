// The hosts, and when each was last heard.
import { humanMs } from '../human-units.ts'
import { table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const hostLs = defineVerb({
  usage: 'host ls',
  says: 'lists the hosts',
  example: 'mog host ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.hosts.list()
    const rows = list.hosts.map(({ hostId, name, state, silentMs, url }) => [
      String(hostId),
      name,
      state,
      silentMs === null ? 'never heard' : humanMs(silentMs),
      url ?? '-',
    ])
    const columns = [['ID', 'right'], ['HOST'], ['STATE'], ['SILENT FOR'], ['URL']] as const
    await context.say(list, table(columns, rows))
  },
})
