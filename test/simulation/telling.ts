// What many stories come to, so that a number of stories that held can be believed: from which seed
// to which, how much happened in them, and in the last line how to tell the broken ones again.
import type { Verdict } from './run-story.ts'

const number = (value: number) => Math.round(value).toLocaleString('en')

export class Telling {
  readonly broken: string[] = []
  readonly #first: number
  readonly #steps: number
  #stories = 0
  readonly #sums = { acknowledged: 0, reads: 0, events: 0, statements: 0 }

  constructor(first: number, steps: number) {
    this.#first = first
    this.#steps = steps
  }

  /** No verdict came of it. */
  fell(seed: string): void {
    this.#stories++
    this.broken.push(seed)
  }

  count(seed: string, { breach, history, happened, statements }: Verdict): void {
    this.#stories++
    if (breach !== undefined) this.broken.push(seed)
    this.#sums.acknowledged += history.acknowledged
    this.#sums.reads += history.reads.length
    this.#sums.events += happened
    this.#sums.statements += statements
  }

  lines(seconds: number): string[] {
    const { acknowledged, reads, events, statements } = this.#sums
    const facts = [
      `${number(acknowledged)} writes acknowledged`,
      `${number(reads)} reads`,
      `${number(events)} events`,
      `${number(statements)} statements`,
      `${number(seconds)} s`,
    ]
    const last = this.#first + this.#stories - 1
    const stories = `${number(this.#stories)} stories, seeds ${this.#first} to ${last}`
    const held = number(this.#stories - this.broken.length)
    const total = `${stories}: ${held} held, ${this.broken.length} broken; ${facts.join(', ')}`
    if (this.broken.length === 0) return [total]
    const again = this.broken.map(
      (seed) => `npm run simulate -- --seed ${seed} --steps ${this.#steps}`,
    )
    return [total, `broken: ${again.join('; ')}`]
  }
}
