// Gives files another class or another description. No byte moves; the class's copies follow.
import type { FileChange } from '#shared/wire/files.ts'
import { expectedOptions, readExpected } from '../expected-options.ts'
import { metaOption, readMetadata } from '../metadata-option.ts'
import { printable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const set = defineVerb({
  usage: 'set KEY...',
  says: 'gives files another class or description',
  example: [
    'mog set photo.jpg --class precious',
    'mog set a.txt b.txt --type text/markdown --meta author=me  # all other metadata goes',
  ].join('\n'),
  args: [1, Infinity],
  options: {
    class: { type: 'string', value: 'NAME', says: 'the class' },
    type: { type: 'string', value: 'TYPE', says: 'the media type; empty: none' },
    meta: metaOption,
    ...expectedOptions,
  },
  async run(context) {
    const { class: name, type, meta } = context.values
    const metadata = readMetadata(meta)
    const change: FileChange = {
      ...(name !== undefined && { class: name }),
      ...(type !== undefined && { contentType: type === '' ? null : type }),
      ...(metadata !== undefined && { metadata }),
    }
    if (Object.keys(change).length === 0)
      throw new UsageError('Nothing is to be changed', 'Name --class, --type or --meta.')

    const domain = await context.domain()
    const { signal } = context.io
    for (const key of context.args) {
      try {
        const file = await domain.change(key, change, { signal, ...readExpected(context.values) })
        await context.say(file, `changed ${printable(key)}`)
      } catch (error) {
        signal.throwIfAborted()
        context.fail(error, key)
      }
    }
  },
})
