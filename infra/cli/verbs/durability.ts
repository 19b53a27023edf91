// How many copies the files of each class have now: what is short of its class comes first.
import type { ClassDurability } from '#shared/wire/durability.ts'
import { humanBytes, humanTime } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [
  ['DOMAIN'],
  ['CLASS'],
  ['COPIES', 'right'],
  ['HOSTS', 'right'],
  ['FILES', 'right'],
  ['BYTES', 'right'],
  ['SINCE'],
  [''],
]

export const durability = defineVerb({
  usage: 'durability',
  says: 'shows how many copies the files have now',
  example: 'mog durability',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const found = await admin.durability()
    const { short, lost, unreadable } = found
    const human = [
      short + unreadable === 0
        ? 'Every file has the copies that its class asks for.'
        : `${short} files are short of their class, ${lost} of them without a copy; ` +
          `${unreadable} cannot be read now.`,
      table(columns, found.classes.flatMap(rowsOf)),
    ]
    await context.say(found, human.join('\n\n'))
  },
})

const rowsOf = ({ domain, class: name, copies: wanted, byCopies }: ClassDurability): string[][] =>
  byCopies.map(({ copies, hosts, files, bytes, sinceMs }) => [
    domain,
    name,
    `${copies} of ${wanted}`,
    String(hosts),
    String(files),
    humanBytes(bytes),
    sinceMs === null ? 'now' : humanTime(sinceMs),
    judged(copies, wanted),
  ])

function judged(copies: number, wanted: number): string {
  if (copies === 0) return 'LOST'
  return copies < wanted ? 'short' : ''
}
