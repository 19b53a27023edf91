// Events as a test waits for them.
import type { Events } from '#shared/events.ts'
import type { Facts } from '#shared/problems.ts'

export interface RecordedEvent {
  level: string
  event: string
  facts: Facts
}

export class RecordedEvents implements Events {
  readonly all: RecordedEvent[] = []
  readonly #watchers = new Set<() => void>()

  emit(level: string, event: string, facts: Facts = {}): void {
    this.all.push({ level, event, facts })
    for (const wake of this.#watchers) wake()
    this.#watchers.clear()
  }

  count(event: string): number {
    return this.all.filter((each) => each.event === event).length
  }

  /** The facts of an event, of the past or to come, from the given position on. */
  async next(event: string, from = 0): Promise<Facts> {
    for (;;) {
      const found = this.all.slice(from).find((each) => each.event === event)
      if (found !== undefined) return found.facts
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }
}
