// A tracker of the simulation: the real app over the real SQL, with a clock, a network and a chance
// of its own. Restarted, it knows nothing (I8).
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import { createApp } from '#tracker/app.ts'
import { makeDeps } from '#tracker/deps.ts'
import { alone, together } from '#tracker/gather.ts'
import { runSweeps } from '#tracker/sweeps/run-sweeps.ts'
import { dbOf } from '../database/db-of.ts'
import type { HttpAnswer, HttpRequest } from '../network/exchange.ts'
import { fetchOf } from '../network/fetch.ts'
import { Process } from '../process.ts'
import type { Stage } from '../stage.ts'

const SECRET = 'at least 32 characters, as ever in tests'
const CRON_MS = 4_000

export const trackerUrl = (name: string): string => `http://${name}:7080`

export function startTracker(name: string, stage: Stage): Process {
  const { timeline, network, transactions, random } = stage
  const process = new Process(name, { timeline, network, random })
  process.run(() => {
    const gathers = process.random.chance(0.5)
    const arrived = () => process.take(0, () => undefined)
    const events = stage.eventsOf(name)
    const deps = makeDeps({
      db: dbOf(process, transactions, timeline),
      clock: process.clock,
      events,
      fetch: fetchOf(process),
      random: () => process.random.next(),
      gather: gathers ? together(arrived) : alone,
      takesFidsAhead: gathers,
      trackerSecret: SECRET,
      alsoTrackerSecret: undefined,
    })
    const app = createApp(deps)
    const execution = {
      props: {},
      passThroughOnException: () => undefined,
      waitUntil: (work: Promise<unknown>) =>
        void work.catch((error: unknown) => events.emit('error', 'work.failed', errorFacts(error))),
    }
    const answer = async (request: HttpRequest, cutAfterBytes?: number): Promise<HttpAnswer> => {
      if (cutAfterBytes !== undefined) throw new Error('the request was cut off')
      const response = await app.fetch(requestOf(request), {}, execution)
      return answerOf(response)
    }
    network.listen(new URL(trackerUrl(name)).host, process, answer)
    void keepSweeping(process.clock, events, async () => runSweeps(deps))
  })
  return process
}

const requestOf = ({ method, url, headers, body }: HttpRequest) =>
  new Request(url, { method, headers, ...(body.length > 0 && { body: new Uint8Array(body) }) })

async function answerOf(response: Response): Promise<HttpAnswer> {
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: [...response.headers], body }
}

/** What cron does on Workers, and a timer on Node. */
async function keepSweeping(
  clock: Clock,
  events: Events,
  sweep: () => Promise<void>,
): Promise<never> {
  for (;;) {
    await clock.sleep(CRON_MS)
    try {
      await sweep()
    } catch (error) {
      events.emit('warn', 'sweep.failed', errorFacts(error))
    }
  }
}
