// Has an address told of a domain's changes. The secret that it checks is shown here.
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const webhookAdd = defineVerb({
  usage: 'webhook add DOMAIN URL',
  says: 'has an address told of what changes in a domain',
  example: 'mog webhook add photos https://app.example/hooks/photos',
  args: [2, 2],
  options: {},
  async run(context) {
    const [domain = '', url = ''] = context.args
    const admin = await context.admin()
    const added = await admin.webhooks.add({ domain, url })
    const human = facts([
      ['id', String(added.webhookId)],
      ['secret', added.secret],
      ['next', 'the receiver checks `webhook-signature` with it (standardwebhooks.com)'],
    ])
    await context.say(added, human)
  },
})
