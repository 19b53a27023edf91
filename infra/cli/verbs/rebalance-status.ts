// How far the rebalance is, and why copies stayed where they are.
import { humanRebalance } from '../rebalancing.ts'
import { defineVerb } from '../verb.ts'

export const rebalanceStatus = defineVerb({
  usage: 'rebalance status',
  says: 'shows how far the rebalance is',
  example: 'mog rebalance status',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const rebalance = await admin.rebalance.status()
    await context.say(rebalance, humanRebalance(rebalance))
  },
})
