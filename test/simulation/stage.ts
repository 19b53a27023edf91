// What one story is played on: time, chance, the network, the database, and what was said.
import type { Events, Level } from '#shared/events.ts'
import type { Facts } from '#shared/problems.ts'
import { Transactions } from './database/transactions.ts'
import { virtualDatabase } from './database/virtual-time.ts'
import { Network } from './network/network.ts'
import { type Random, seeded } from './random.ts'
import { BEGIN_MS, Timeline } from './timeline.ts'

export interface Said {
  atMs: number
  who: string
  level: Level
  event: string
  facts: Facts
}

export class Stage implements AsyncDisposable {
  readonly timeline: Timeline
  readonly random: Random
  readonly network: Network
  readonly transactions: Transactions
  readonly databaseUrl: string
  readonly said: Said[] = []
  /** Errors that nobody expected. */
  readonly bugs: string[] = []
  readonly #made: AsyncDisposableStack

  private constructor(
    parts: Pick<Stage, 'timeline' | 'random' | 'network' | 'transactions' | 'databaseUrl'>,
    made: AsyncDisposableStack,
  ) {
    this.timeline = parts.timeline
    this.random = parts.random
    this.network = parts.network
    this.transactions = parts.transactions
    this.databaseUrl = parts.databaseUrl
    this.#made = made
  }

  static async build(serverUrl: string, seed: string): Promise<Stage> {
    await using making = new AsyncDisposableStack()
    const random = seeded(seed)
    const timeline = new Timeline()
    const network = new Network(timeline, random)
    const { url: databaseUrl } = making.use(await virtualDatabase(serverUrl, BEGIN_MS))
    const transactions = making.use(await Transactions.connect(databaseUrl, timeline, random))
    return new Stage({ timeline, random, network, transactions, databaseUrl }, making.move())
  }

  eventsOf(who: string): Events {
    return {
      emit: (level, event, facts = {}) => {
        const said = { atMs: this.timeline.nowMs - BEGIN_MS, who, level, event, facts }
        this.said.push(said)
        // what the simulation did to somebody, its errors say themselves
        const text = JSON.stringify(facts)
        const isOurs = text.includes('the simulation has no')
        if (isOurs || (level === 'error' && !text.includes('simulated')))
          this.bugs.push(`${who}: ${event} ${text}`)
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.timeline.end()
    await this.#made.disposeAsync()
  }
}
