// Gives a host its next ticket key. Nothing is refused meanwhile: its agent has the key already.
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const hostRotate = defineVerb({
  usage: 'host rotate NAME',
  says: 'signs the URLs of a host with its next key from now on',
  example: 'mog host rotate rack1-a\nmog host rotate rack1-a --force  # its keys were stolen',
  args: [1, 1],
  options: {
    force: { type: 'boolean', says: 'also where URLs that were given out will be refused' },
  },
  async run(context) {
    const [name = ''] = context.args
    const { force = false } = context.values
    const admin = await context.admin()
    const rotated = await admin.hosts.rotate(name, { force })
    const human = facts([
      ['host', name],
      ['key version', String(rotated.keyVersion)],
      ['next', 'URLs under the version before stay good until they expire'],
    ])
    await context.say(rotated, human)
  },
})
