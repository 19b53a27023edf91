// What was deleted or replaced and can be had back.
import type { TrashedFile } from '#shared/wire/trash.ts'
import { humanBytes, humanTime } from '../human-units.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const trashLs = defineVerb({
  usage: 'trash ls [PREFIX]',
  says: 'lists what was deleted or replaced and can be had back',
  example: 'mog trash ls photos/',
  args: [0, 1],
  options: {},
  async run(context) {
    const domain = await context.domain()
    const { signal } = context.io
    for await (const file of domain.trash.list({ prefix: context.args[0], signal }))
      await context.say(file, line(file))
  },
})

/** Of fixed width, for the lines that are still to come are not known yet. */
const line = ({ fid, bytes, deletedAtMs, eraseAtMs, key }: TrashedFile): string =>
  [
    String(fid).padStart(10),
    humanBytes(bytes).padStart(8),
    `deleted ${humanTime(deletedAtMs)}`,
    `until ${humanTime(eraseAtMs)}`,
    printable(key),
  ].join('  ')
