// Forgets how far a rebalance is, so that it can begin anew.
import { humanRebalance } from '../rebalancing.ts'
import { defineVerb } from '../verb.ts'

export const rebalanceReset = defineVerb({
  usage: 'rebalance reset',
  says: 'forgets how far the rebalance is; its policy stays',
  example: 'mog rebalance reset',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const rebalance = await admin.rebalance.reset()
    await context.say(rebalance, humanRebalance(rebalance))
  },
})
