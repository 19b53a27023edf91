// Lets a key delete again that was stopped for deleting too much.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const keyRelease = defineVerb({
  usage: 'key release ID',
  says: 'lets a key delete again that was braked',
  example: 'mog key release 3',
  args: [1, 1],
  options: {},
  async run(context) {
    const [text = ''] = context.args
    const apiKeyId = wholeNumber('ID', text, 1)
    const admin = await context.admin()
    await admin.keys.release(apiKeyId)
    await context.say({ apiKeyId }, `key ${apiKeyId} may delete again`)
  },
})
