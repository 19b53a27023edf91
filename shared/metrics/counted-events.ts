// Events, counted by their names on their way to wherever they go. The names are our own, so that
// there are a few dozen of them: whatever is worth a line in the log is a metric as well.
import type { Events, Level } from '../events.ts'
import type { Family } from './exposition.ts'

export interface CountedEvents extends Events {
  family: (name: string) => Family
}

export function countedEvents(events: Events): CountedEvents {
  const counts = new Map<string, { level: Level; event: string; count: number }>()
  return {
    emit(level, event, facts) {
      const known = counts.get(event)
      if (known === undefined) counts.set(event, { level, event, count: 1 })
      else known.count++
      events.emit(level, event, facts)
    },
    family: (name) => ({
      name,
      help: 'Events by their names, as they stand in the log.',
      type: 'counter',
      samples: Array.from(counts.values(), ({ level, event, count }) => ({
        labels: { level, event },
        value: count,
      })),
    }),
  }
}
