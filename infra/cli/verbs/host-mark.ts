// Says what a host is good for. `dead` is the end of it: its files are copied elsewhere.
import { HostState } from '#shared/states.ts'
import { oneOf } from '../arguments.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const hostMark = defineVerb({
  usage: 'host mark NAME STATE',
  says: 'says what a host is good for',
  example: `mog host mark rack1-a down  # ${HostState.options.join(', ')}`,
  args: [2, 2],
  options: {},
  async run(context) {
    const [name = '', text = ''] = context.args
    const state = oneOf('STATE', text, HostState)
    const admin = await context.admin()
    await admin.hosts.change(name, { state })
    await context.say({ name, state }, `${printable(name)} is ${state} now`)
  },
})
