// Starts a rebalance by its policy, or lets one go on that was stopped.
import { humanRebalance } from '../rebalancing.ts'
import { defineVerb } from '../verb.ts'

export const rebalanceStart = defineVerb({
  usage: 'rebalance start',
  says: 'starts the rebalance, or lets it go on where it was stopped',
  example: 'mog rebalance start',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const rebalance = await admin.rebalance.start()
    await context.say(rebalance, humanRebalance(rebalance))
  },
})
