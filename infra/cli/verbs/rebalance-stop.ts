// Pauses the rebalance: copies on their way arrive, no others are ordered.
import { humanRebalance } from '../rebalancing.ts'
import { defineVerb } from '../verb.ts'

export const rebalanceStop = defineVerb({
  usage: 'rebalance stop',
  says: 'has the rebalance wait until it is started again',
  example: 'mog rebalance stop',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const rebalance = await admin.rebalance.stop()
    await context.say(rebalance, humanRebalance(rebalance))
  },
})
