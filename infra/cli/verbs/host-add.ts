// Makes a host known. Its agent enrolls with the token, which is shown this once.
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const hostAdd = defineVerb({
  usage: 'host add NAME',
  says: 'makes a host known; its agent enrolls with the token',
  example: 'mog host add rack1-a',
  args: [1, 1],
  options: {},
  async run(context) {
    const [name = ''] = context.args
    const admin = await context.admin()
    const host = await admin.hosts.add(name)
    const human = facts([
      ['host', host.name],
      ['token', host.enrollmentToken],
      ['next', 'on that host: mog-agent init --token TOKEN (good for once, and shown this once)'],
    ])
    await context.say(host, human)
  },
})
