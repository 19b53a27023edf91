// Forgets a host that has no devices any more.
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const hostRm = defineVerb({
  usage: 'host rm NAME',
  says: 'forgets a host that has no devices',
  example: 'mog host rm rack1-a',
  args: [1, 1],
  options: {},
  async run(context) {
    const [name = ''] = context.args
    const admin = await context.admin()
    await admin.hosts.delete(name)
    await context.say({ name }, `${printable(name)} is forgotten`)
  },
})
