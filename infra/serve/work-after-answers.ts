// What goes on when the request that began it is answered, as Workers let it: a stop waits for it.
import { type Events, errorFacts } from '#shared/events.ts'

export function workAfterAnswers(events: Events) {
  const afterAnswer = new Set<Promise<unknown>>()
  const execution = {
    props: {},
    passThroughOnException: () => undefined, // nothing stands behind this server
    waitUntil(work: Promise<unknown>) {
      const done = work
        .catch((error: unknown) => events.emit('error', 'work.failed', errorFacts(error)))
        .finally(() => afterAnswer.delete(done))
      afterAnswer.add(done)
    },
  }
  return { execution, afterAnswer }
}
