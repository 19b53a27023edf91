// Says what a device is good for. `drain` empties it, `dead` gives its copies up for lost.
import { DeviceState } from '#shared/states.ts'
import { oneOf, wholeNumber } from '../arguments.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const deviceMark = defineVerb({
  usage: 'device mark DEVICE [STATE]',
  says: 'says what a device is good for',
  example: [
    `mog device mark 3 drain  # ${DeviceState.options.join(', ')}`,
    'mog device mark 3 --weight 50',
  ].join('\n'),
  args: [1, 2],
  options: {
    weight: { type: 'string', value: 'N', says: 'its share of new files beside other devices' },
  },
  async run(context) {
    const [device = '', text] = context.args
    const deviceId = wholeNumber('DEVICE', device, 1)
    const { weight } = context.values
    if (text === undefined && weight === undefined)
      throw new UsageError('Neither a state nor a weight is named', 'mog help device mark')

    const change = {
      ...(text !== undefined && { state: oneOf('STATE', text, DeviceState) }),
      ...(weight !== undefined && { weight: wholeNumber('--weight', weight, 0) }),
    }
    const admin = await context.admin()
    await admin.devices.change(deviceId, change)
    const news = Object.entries(change).map(([name, value]) => `${name} ${value}`)
    await context.say({ deviceId, ...change }, `device ${deviceId}: ${news.join(', ')}`)
  },
})
