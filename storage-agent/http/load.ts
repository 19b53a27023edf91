// How much is under way at this agent. Beyond its bounds the next one is refused at once and told
// to come back, so that those who were let in are served: memory and waits stay bounded (I9).
import { Problem } from '#shared/problems.ts'
import { MAX_LARGE_BODIES, MAX_REQUESTS } from '../limits.ts'

export class Load {
  readonly #max: number
  #underWay = 0

  constructor(max: number) {
    this.#max = max
  }

  /** One more, until it is disposed. Throws `busy` where there is no room. */
  enter(): Disposable {
    if (this.#underWay >= this.#max) throw new Problem('busy', { underWay: this.#underWay })
    this.#underWay++
    return { [Symbol.dispose]: () => void this.#underWay-- }
  }
}

export interface AgentLoad {
  requests: Load
  /** Each holds two batches in memory while it comes. */
  largeBodies: Load
}

export const agentLoad = (): AgentLoad => ({
  requests: new Load(MAX_REQUESTS),
  largeBodies: new Load(MAX_LARGE_BODIES),
})
