// Takes a device out for good: drains it, and says when it is safe to pull. Call it again to see.
import { wholeNumber } from '../arguments.ts'
import { askLeaving, decommissionOptions, humanDecommission } from '../decommissioning.ts'
import { defineVerb } from '../verb.ts'

export const deviceDecommission = defineVerb({
  usage: 'device decommission DEVICE',
  says: 'empties a device, and says when it is safe to pull',
  example: 'mog device decommission 3\nmog device decommission 3 --status',
  args: [1, 1],
  options: decommissionOptions,
  async run(context) {
    const deviceId = wholeNumber('DEVICE', context.args[0] ?? '', 1)
    const admin = await context.admin()
    const status = await askLeaving(admin.decommission.device(deviceId), context.values)
    await context.say(status, humanDecommission(`device ${deviceId}`, status))
  },
})
