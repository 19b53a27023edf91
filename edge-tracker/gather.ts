// What requests that come at the same time ask of the database, in one statement: most of what a
// small statement costs is paid once for all (2026-11-22: decisions/0007). Alone, a request waits
// for nobody. A crash loses what each of them would have lost alone.

import { isDatabaseError } from './db/db.ts'

/** Runs one statement for all these asks; an answer is undefined where it has none for an ask. */
export type RunAll<Ask, Answer> = (asks: readonly Ask[]) => Promise<readonly (Answer | undefined)[]>
export type RunOne<Ask, Answer> = (ask: Ask) => Promise<Answer | undefined>
export type Gather = <Ask, Answer>(
  run: RunAll<Ask, Answer>,
  statementsAtOnce?: number,
) => RunOne<Ask, Answer>

/** On Workers, where no request may wait for another's promise. */
export const alone: Gather = (run) => async (ask) => (await run([ask]))[0]

/** With two, fewer share one: a fifth more of the database's CPU for a store (2026-11-22). */
const ONE_AT_ONCE = 1
const MAX_GATHERED = 64

interface Waiting<Ask, Answer> {
  ask: Ask
  settled: PromiseWithResolvers<Answer | undefined>
}

/**
 * Those who come while enough statements are under way share the next one. `arrived` resolves when
 * all requests that lie in the sockets have been read: they came at the same time.
 */
export const together =
  (arrived: () => Promise<unknown>): Gather =>
  <Ask, Answer>(run: RunAll<Ask, Answer>, statementsAtOnce = ONE_AT_ONCE) => {
    const waiting: Waiting<Ask, Answer>[] = []
    const runAlone = alone<Ask, Answer>(run)
    let underWay = 0

    async function runNext(): Promise<void> {
      underWay += 1
      while (waiting.length > 0) {
        await arrived()
        await settle(waiting.splice(0, MAX_GATHERED))
      }
      underWay -= 1
    }
    async function settle(batch: readonly Waiting<Ask, Answer>[]): Promise<void> {
      try {
        const answers = await run(batch.map(({ ask }) => ask))
        // no answer: it may have been in the way of another, or is to be refused
        for (const [nr, { ask, settled }] of batch.entries())
          settled.resolve(answers[nr] ?? (batch.length > 1 ? runAlone(ask) : undefined))
      } catch (error) {
        const isOnesFault = batch.length > 1 && isDatabaseError(error)
        for (const { ask, settled } of batch)
          if (isOnesFault) settled.resolve(runAlone(ask))
          else settled.reject(error)
      }
    }
    return async (ask: Ask) => {
      const settled = Promise.withResolvers<Answer | undefined>()
      waiting.push({ ask, settled })
      if (underWay < statementsAtOnce) void runNext()
      return settled.promise
    }
  }
