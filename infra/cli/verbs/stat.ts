// Everything that is known of a file.
import { humanBytes, humanTime } from '../human-units.ts'
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const stat = defineVerb({
  usage: 'stat KEY',
  says: 'shows what is known of a file, and where it lies',
  example: 'mog stat photo.jpg',
  args: [1, 1],
  options: {},
  async run(context) {
    const [key = ''] = context.args
    const domain = await context.domain()
    const file = await domain.info(key, { signal: context.io.signal })
    const human = facts([
      ['key', file.key],
      ['domain', file.domain],
      ['class', file.class],
      ['bytes', `${file.bytes} (${humanBytes(file.bytes)})`],
      ['type', file.contentType ?? '-'],
      ['checksum', file.checksum],
      ['created', humanTime(file.createdAtMs)],
      ['fid', String(file.fid)],
      ['devices', file.deviceIds.join(', ') || '-'],
      ...Object.entries(file.metadata).map(([name, value]) => [`meta ${name}`, value] as const),
    ])
    await context.say(file, human)
  },
})
