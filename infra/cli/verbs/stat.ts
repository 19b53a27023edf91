// Everything that is known of files, a thousand a request.
import { Refusal } from '#shared/client/refusal.ts'
import type { FileDetail } from '#shared/wire/files.ts'
import { humanBytes, humanTime } from '../human-units.ts'
import { facts } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const stat = defineVerb({
  usage: 'stat KEY...',
  says: 'shows what is known of files, and where they lie',
  example: 'mog stat photo.jpg',
  args: [1, Infinity],
  options: {},
  async run(context) {
    const domain = await context.domain()
    const { signal } = context.io
    let at = 0
    for await (const file of domain.infoMany(context.args, { signal })) {
      if (file instanceof Refusal) context.fail(file, context.args[at])
      else await context.say(file, `${at > 0 ? '\n' : ''}${described(file)}`)
      at += 1
    }
  },
})

const described = (file: FileDetail): string =>
  facts([
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
