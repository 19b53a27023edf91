// The rebalance (MogileFS Q29 to Q31): the tracker's own has the same options and verbs.
import { type Command, NOTHING, need } from '../command.ts'
import { LineRefusal } from '../refusals.ts'
import { hasState, rebalanceState } from './rebalance-state.ts'

export const setRebalancePolicy: Command = {
  codes: { invalid_request: 'bad_rebal_pol' },
  async run({ args, admin }) {
    await admin.rebalance.setPolicy(need(args, 'policy', 'bad_rebal_pol'))
    return NOTHING
  },
}

export const testRebalance: Command = {
  isRead: true,
  async run({ admin }) {
    const { sources, destinations } = await admin.rebalance.test()
    const sdevs = sources.map(({ deviceId }) => deviceId).join()
    return { sdevs, ddevs: destinations.join() }
  },
}

export const startRebalance: Command = {
  run: async ({ admin }) => ({ state: rebalanceState(await admin.rebalance.start()) }),
}

export const stopRebalance: Command = {
  async run({ admin }) {
    await admin.rebalance.stop()
    return NOTHING
  },
}

export const resetRebalance: Command = {
  async run({ admin }) {
    await admin.rebalance.reset()
    return NOTHING
  },
}

export const rebalanceStatus: Command = {
  isRead: true,
  async run({ admin }) {
    const rebalance = await admin.rebalance.status()
    if (!hasState(rebalance)) throw new LineRefusal('no_rebal_state')
    return { state: rebalanceState(rebalance) }
  },
}
