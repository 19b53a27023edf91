// The secret that a receiver checks, as it is now: it changes with the trackers' own.
import { wholeNumber } from '../arguments.ts'
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const webhookSecret = defineVerb({
  usage: 'webhook secret ID',
  says: 'shows what a receiver checks signatures with',
  example: 'mog webhook secret 3',
  args: [1, 1],
  options: {},
  async run(context) {
    const [text = ''] = context.args
    const admin = await context.admin()
    const found = await admin.webhooks.secret(wholeNumber('ID', text, 1))
    await context.say(found, facts([['secret', found.secret]]))
  },
})
