// Revokes an API key: within seconds no tracker takes it.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const keyRm = defineVerb({
  usage: 'key rm ID',
  says: 'revokes an API key',
  example: 'mog key rm 3',
  args: [1, 1],
  options: {},
  async run(context) {
    const [text = ''] = context.args
    const apiKeyId = wholeNumber('ID', text, 1)
    const admin = await context.admin()
    await admin.keys.delete(apiKeyId)
    await context.say({ apiKeyId }, `key ${apiKeyId} is revoked`)
  },
})
