// The tracker on Workers: requests, and a cron that keeps the sweeps going when nobody asks.
import { systemClock } from '#shared/clock.ts'
import { jsonEvents } from '#shared/events.ts'
import { createApp } from './app.ts'
import { TrackerConfig } from './config.ts'
import { neonDb } from './db/neon.ts'
import { type Deps, makeDeps } from './deps.ts'
import { runSweeps } from './sweeps/run-sweeps.ts'

interface Tracker {
  app: ReturnType<typeof createApp>
  deps: Deps
}

/** Made by the first request of an isolate, from bindings that never change in its life. */
let tracker: Tracker | undefined

function trackerOf(env: unknown): Tracker {
  if (tracker !== undefined) return tracker
  const config = TrackerConfig.parse(env)
  const deps = makeDeps({
    db: neonDb(config.DATABASE_URL, config.NEON_FETCH_ENDPOINT),
    ...(config.READ_DATABASE_URL !== undefined && {
      readDb: neonDb(config.READ_DATABASE_URL, config.NEON_FETCH_ENDPOINT),
    }),
    isInside: config.TRACKER_INSIDE === '1',
    origins: config.TRACKER_CORS_ORIGINS,
    clock: systemClock,
    events: jsonEvents('edge-tracker', config.TRACKER_LOG_LEVEL),
    trackerSecret: config.TRACKER_SECRET,
    alsoTrackerSecret: config.TRACKER_SECRET_ALSO,
    fetch: (input, init) => fetch(input, init),
    random: Math.random,
  })
  tracker = { app: createApp(deps), deps }
  return tracker
}

interface Execution {
  waitUntil(work: Promise<unknown>): void
  passThroughOnException(): void
  props: unknown
}

export default {
  fetch: (request: Request, env: unknown, execution: Execution) =>
    trackerOf(env).app.fetch(request, {}, execution),
  scheduled: (_event: unknown, env: unknown, execution: Execution) =>
    execution.waitUntil(runSweeps(trackerOf(env).deps)),
}
