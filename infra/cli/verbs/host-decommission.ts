// Takes a host out for good: drains all of its devices, and says when it is safe to pull.
import { askLeaving, decommissionOptions, humanDecommission } from '../decommissioning.ts'
import { defineVerb } from '../verb.ts'

export const hostDecommission = defineVerb({
  usage: 'host decommission HOST',
  says: 'empties a host, and says when it is safe to pull',
  example: 'mog host decommission a\nmog host decommission a --cancel',
  args: [1, 1],
  options: decommissionOptions,
  async run(context) {
    const [host = ''] = context.args
    const admin = await context.admin()
    const status = await askLeaving(admin.decommission.host(host), context.values)
    await context.say(status, humanDecommission(host, status))
  },
})
