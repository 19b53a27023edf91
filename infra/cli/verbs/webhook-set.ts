// Moves, pauses or resumes a webhook: what happens meanwhile is told afterwards.
import * as z from 'zod'
import { oneOf, wholeNumber } from '../arguments.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const webhookSet = defineVerb({
  usage: 'webhook set ID',
  says: 'moves, pauses or resumes a webhook',
  example: 'mog webhook set 3 --paused yes',
  args: [1, 1],
  options: {
    to: { type: 'string', value: 'URL', says: 'the address from now on' },
    paused: { type: 'string', value: 'yes|no', says: 'tell it nothing until it is resumed' },
  },
  async run(context) {
    const [text = ''] = context.args
    const { to, paused } = context.values
    if (to === undefined && paused === undefined)
      throw new UsageError('What is to change?', 'mog help webhook set')
    const webhookId = wholeNumber('ID', text, 1)
    const change = {
      ...(to !== undefined && { url: to }),
      ...(paused !== undefined && {
        paused: oneOf('--paused', paused, z.enum(['yes', 'no'])) === 'yes',
      }),
    }
    const admin = await context.admin()
    await admin.webhooks.change(webhookId, change)
    await context.say({ webhookId, ...change }, `webhook ${webhookId} is changed`)
  },
})
