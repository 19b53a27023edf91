// Lists keys in byte order, page by page: a domain of millions begins at once.
import type { FileInfo, FileList } from '#shared/wire/files.ts'
import { humanBytes, humanTime } from '../human-units.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const ls = defineVerb({
  usage: 'ls [PREFIX]',
  says: 'lists files by their keys',
  example: 'mog ls photos/ --delimiter / --long',
  args: [0, 1],
  options: {
    delimiter: { type: 'string', value: 'TEXT', says: 'group keys that go on after it' },
    long: { type: 'boolean', short: 'l', says: 'with size, time, class and type' },
  },
  async run(context) {
    const { delimiter, long = false } = context.values
    const domain = await context.domain()
    const { signal } = context.io
    for await (const page of domain.list({ prefix: context.args[0], delimiter, signal }))
      for (const entry of entriesOf(page))
        await context.say(entry, long ? longLine(entry) : printable(nameOf(entry)))
  },
})

/** For --json: a file as the tracker tells it, or a group of keys as what they begin with. */
type Entry = FileInfo | { prefix: string }

const nameOf = (entry: Entry): string => ('prefix' in entry ? entry.prefix : entry.key)

/** Files and groups as one list, in byte order as the page is. */
const entriesOf = ({ files, prefixes }: FileList): Entry[] =>
  [...files, ...prefixes.map((prefix) => ({ prefix }))].toSorted((a, b) =>
    Buffer.compare(Buffer.from(nameOf(a)), Buffer.from(nameOf(b))),
  )

/** Of fixed width, for the lines that are still to come are not known yet. */
function longLine(entry: Entry): string {
  const [size, time, className, type] =
    'prefix' in entry
      ? ['', '', '', '']
      : [
          humanBytes(entry.bytes),
          humanTime(entry.createdAtMs),
          entry.class,
          entry.contentType ?? '-',
        ]
  const columns = [size.padStart(8), time.padEnd(20), className.padEnd(10), type.padEnd(26)]
  return `${columns.join('  ')}  ${printable(nameOf(entry))}`
}
