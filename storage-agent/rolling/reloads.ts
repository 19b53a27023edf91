// The wish that the agent be replaced, by SIGHUP or by `mog-agent reload`: one at a time, and
// whoever asks meanwhile is told of the same.
import { type Events, errorFacts } from '#shared/events.ts'
import type { Agent } from '../agent.ts'
import { type Replaced, replace } from './replace.ts'
import type { Origin } from './successor.ts'

export class Reloads {
  readonly #events: Events
  readonly #origin: Origin
  readonly #end: () => never
  #agent: Agent | undefined
  #underWay: Promise<Replaced> | undefined
  readonly #replaced = Promise.withResolvers<'replaced'>()

  /** `end`: of this process, when there is no way back and no successor. */
  constructor(origin: Origin, events: Events, end: () => never) {
    this.#end = end
    this.#origin = origin
    this.#events = events
  }

  /** Resolves when somebody else is the agent. */
  get replaced(): Promise<'replaced'> {
    return this.#replaced.promise
  }

  /** It is not before it has all that it needs. */
  isPossibleFor(agent: Agent): void {
    this.#agent = agent
  }

  readonly reload = (): Promise<Replaced> => (this.#underWay ??= this.#try())

  /** Whether somebody else is, once that is decided. */
  async isDone(): Promise<boolean> {
    const last = await this.#underWay
    return last?.outcome === 'replaced'
  }

  async #try(): Promise<Replaced> {
    const replaced = await this.#replace()
    if (replaced.outcome === 'replaced') this.#replaced.resolve('replaced')
    else this.#underWay = undefined
    return replaced
  }

  async #replace(): Promise<Replaced> {
    if (this.#agent === undefined) return { outcome: 'kept', reason: 'it is only starting' }
    try {
      return await replace(this.#agent, this.#origin, { events: this.#events, end: this.#end })
    } catch (error) {
      this.#events.emit('error', 'agent.lost', errorFacts(error))
      return this.#end() // the devices are given up: whoever starts agents, starts one anew
    }
  }
}
