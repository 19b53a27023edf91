// What can be changed while everything runs.
import { humanBytes, humanMs } from '../human-units.ts'
import { table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const settingLs = defineVerb({
  usage: 'setting ls',
  says: 'lists the settings',
  example: 'mog setting ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const settings = await admin.settings.list()
    const rows = Object.entries(settings).map(([name, value]) => [
      name,
      String(value),
      meaning(name, value),
    ])
    await context.say(settings, table([['SETTING'], ['VALUE', 'right'], ['IS']], rows))
  },
})

/** The unit is the last word of a setting's name. */
function meaning(name: string, value: number | string): string {
  if (typeof value === 'string') return ''
  if (name.endsWith('Ms')) return humanMs(value)
  return name.endsWith('Bytes') ? humanBytes(value) : ''
}
