// Says what a rebalance moves: MogileFS's options, NAME=VALUE each.
import { humanRebalance } from '../rebalancing.ts'
import { defineVerb } from '../verb.ts'

export const rebalancePolicy = defineVerb({
  usage: 'rebalance policy [OPTION=VALUE...]',
  says: 'says what a rebalance moves, from where and where to',
  example: [
    'mog rebalance policy from_percent_used=80 to_percent_free=40 limit_by=size limit=500G',
    '  from_ and to_: hosts devices percent_used percent_free space_used space_free (MB)',
    '  not_to_hosts not_to_devices use_dest_devs=all|N fid_age=old|new leave_in_drain_mode=0|1',
    '  limit_type=device|global limit_by=none|size|count|percent limit=N (b k m g t p)',
  ].join('\n'),
  args: [0, 20],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const rebalance =
      context.args.length === 0
        ? await admin.rebalance.status()
        : await admin.rebalance.setPolicy(context.args.join(' '))
    await context.say(rebalance, humanRebalance(rebalance))
  },
})
