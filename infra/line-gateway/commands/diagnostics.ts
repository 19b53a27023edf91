// Commands that ask for no file (MogileFS Q23 and Q32).
import { systemClock } from '#shared/clock.ts'
import { type Command, isTrue, NOTHING, wholeNumber } from '../command.ts'
import { MAX_SLEEP_S, VIEW_MS } from '../limits.ts'
import { LineRefusal } from '../refusals.ts'

export const noop: Command = { isRead: true, run: () => NOTHING }

export const test: Command = {
  isRead: true,
  run({ args }) {
    if (isTrue(args.get('crash'))) throw new LineRefusal('failure')
    return NOTHING
  },
}

const DEFAULT_SLEEP_S = 10

export const sleep: Command = {
  async run({ args, signal }) {
    const seconds = wholeNumber(args.get('duration')) ?? DEFAULT_SLEEP_S
    await systemClock.sleep(Math.min(seconds, MAX_SLEEP_S) * 1_000, signal)
    return NOTHING
  },
}

/** When it is answered, every tracker knows of hosts and devices what was so when it was asked. */
export const clearCache: Command = {
  async run({ signal }) {
    await systemClock.sleep(VIEW_MS, signal)
    return NOTHING
  },
}

export const replicateNow: Command = {
  run: async ({ admin }) => ({ count: (await admin.retry()).retried }),
}
