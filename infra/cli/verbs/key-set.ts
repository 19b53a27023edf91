// Changes how often a key may ask. Trackers know of it within seconds.
import { wholeNumber } from '../arguments.ts'
import { rateOption, readRate } from '../rate-option.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const keySet = defineVerb({
  usage: 'key set ID',
  says: 'changes how often a key may ask',
  example: 'mog key set 3 --rate 500',
  args: [1, 1],
  options: rateOption,
  async run(context) {
    const [text = ''] = context.args
    const apiKeyId = wholeNumber('ID', text, 1)
    const { ratePerS } = readRate(context.values)
    if (ratePerS === undefined) throw new UsageError('Nothing is to change', 'mog help key set')
    const admin = await context.admin()
    const changed = await admin.keys.change(apiKeyId, { ratePerS })
    const says = ratePerS === null ? 'as the setting keyRatePerS says' : `${ratePerS} a second`
    await context.say(changed, `key ${apiKeyId}: ${says}`)
  },
})
