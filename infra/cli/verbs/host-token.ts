// Makes a new enrollment token for a host that is known: its own was lost, or its agent is new.
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const hostToken = defineVerb({
  usage: 'host token NAME',
  says: 'makes a new enrollment token for a host that is known',
  example: 'mog host token rack1-a',
  args: [1, 1],
  options: {},
  async run(context) {
    const [name = ''] = context.args
    const admin = await context.admin()
    const host = await admin.hosts.renewToken(name)
    const human = facts([
      ['host', host.name],
      ['token', host.enrollmentToken],
      ['next', 'the agent that enrolls with it takes the place of the one before'],
    ])
    await context.say(host, human)
  },
})
