// Gives a host the number of a new device.
import { defineVerb } from '../verb.ts'

export const deviceAdd = defineVerb({
  usage: 'device add HOST',
  says: 'gives a host the number of a new device',
  example: 'mog device add rack1-a',
  args: [1, 1],
  options: {},
  async run(context) {
    const [host = ''] = context.args
    const admin = await context.admin()
    const { deviceId } = await admin.devices.add(host)
    await context.say({ host, deviceId }, `${host} has a device ${deviceId} now`)
  },
})
