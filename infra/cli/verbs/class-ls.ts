// The classes of one domain, or of all.
import { refuse } from '#shared/client/refusal.ts'
import type { Class } from '#shared/wire/admin.ts'
import { humanMs } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [
  ['DOMAIN'],
  ['CLASS'],
  ['COPIES', 'right'],
  ['AT CLOSE', 'right'],
  ['POLICY'],
  ['CHECKSUM'],
  ['TRASH'],
  ['CACHE'],
  ['READ BY'],
]

export const classLs = defineVerb({
  usage: 'class ls [DOMAIN]',
  says: 'lists classes and what they ask for',
  example: 'mog class ls photos',
  args: [0, 1],
  options: {},
  async run(context) {
    const wanted = context.args[0] ?? context.flags.domain
    const admin = await context.admin()
    const { domains } = await admin.domains.list()
    const found = domains.filter(({ name }) => wanted === undefined || name === wanted)
    if (wanted !== undefined && found.length === 0)
      throw refuse('unreg_domain', `There is no domain ${wanted}`)

    const classes = found.flatMap((domain) =>
      domain.classes.map((each) => ({ domain: domain.name, ...each })),
    )
    await context.say({ classes }, table(columns, classes.map(rowOf)))
  },
})

const rowOf = ({ domain, ...each }: Class & { domain: string }): string[] => [
  domain,
  each.name,
  String(each.copies),
  String(each.commitAt),
  each.policy,
  each.checksumKind,
  each.trashS === 0 ? '-' : humanMs(each.trashS * 1_000),
  each.cacheS === null ? '-' : humanMs(each.cacheS * 1_000),
  each.publicRead ? 'anybody' : 'key',
]
