// The tracker on plain Node, for those who host it themselves: the same app over pg. Several may
// run side by side against one database.
import { systemClock } from '#shared/clock.ts'
import { jsonEvents } from '#shared/events.ts'
import { TrackerConfig } from '#tracker/config.ts'
import { serveTracker } from './serve-tracker.ts'

const config = TrackerConfig.safeParse(process.env)
if (!config.success) {
  const names = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  console.error(`the environment is not complete (see infra/serve/tracker.env.example)`)
  for (const line of names) console.error(`  ${line}`)
  process.exit(2)
}

const events = jsonEvents('edge-tracker')
const tracker = await serveTracker({
  databaseUrl: config.data.DATABASE_URL,
  readDatabaseUrl: config.data.READ_DATABASE_URL,
  isInside: config.data.TRACKER_INSIDE !== '0',
  ...(config.data.TRACKER_MAX_REQUESTS !== undefined && {
    maxRequests: config.data.TRACKER_MAX_REQUESTS,
  }),
  addressHeader: process.env['TRACKER_ADDRESS_HEADER'],
  trackerSecret: config.data.TRACKER_SECRET,
  alsoTrackerSecret: config.data.TRACKER_SECRET_ALSO,
  host: process.env['TRACKER_HOST'] ?? '127.0.0.1',
  port: Number(process.env['TRACKER_PORT'] ?? 7080),
  clock: systemClock,
  events,
})
events.emit('info', 'tracker.listening', { url: tracker.url, pid: process.pid })

const stop = () => {
  void tracker[Symbol.asyncDispose]().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
