// Changes a setting for everything that runs: trackers at once, agents with their next sync.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const settingSet = defineVerb({
  usage: 'setting set NAME VALUE',
  says: 'changes a setting',
  example: 'mog setting set downAfterMs 30000\nmog setting set downAfterMs default',
  args: [2, 2],
  options: {},
  async run(context) {
    const [name = '', text = ''] = context.args
    const value = text === 'default' ? null : valueOf(name, text)
    const admin = await context.admin()
    await admin.settings.change({ [name]: value })
    await context.say({ [name]: value }, `${name} is ${value ?? 'at its default'} now`)
  },
})

const valueOf = (name: string, text: string) =>
  name === 'networkZones' ? text : wholeNumber('VALUE', text, 0)
