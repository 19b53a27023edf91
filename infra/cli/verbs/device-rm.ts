// Forgets a dead device that holds nothing any more. Its number is never given again.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const deviceRm = defineVerb({
  usage: 'device rm DEVICE',
  says: 'forgets a dead device that holds nothing any more',
  example: 'mog device rm 3',
  args: [1, 1],
  options: {},
  async run(context) {
    const [text = ''] = context.args
    const deviceId = wholeNumber('DEVICE', text, 1)
    const admin = await context.admin()
    await admin.devices.delete(deviceId)
    await context.say({ deviceId }, `device ${deviceId} is forgotten`)
  },
})
