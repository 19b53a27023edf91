// Tells an address nothing more.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const webhookRm = defineVerb({
  usage: 'webhook rm ID',
  says: 'tells an address nothing more',
  example: 'mog webhook rm 3',
  args: [1, 1],
  options: {},
  async run(context) {
    const [text = ''] = context.args
    const webhookId = wholeNumber('ID', text, 1)
    const admin = await context.admin()
    await admin.webhooks.delete(webhookId)
    await context.say({ webhookId }, `webhook ${webhookId} is gone`)
  },
})
