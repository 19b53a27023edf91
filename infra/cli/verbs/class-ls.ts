// The classes of one domain, or of all.
import { refuse } from '#shared/client/refusal.ts'
import { table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const classLs = defineVerb({
  usage: 'class ls [DOMAIN]',
  says: 'lists classes and their copies',
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
    const rows = classes.map(({ domain, name, copies }) => [domain, name, String(copies)])
    await context.say({ classes }, table([['DOMAIN'], ['CLASS'], ['COPIES', 'right']], rows))
  },
})
