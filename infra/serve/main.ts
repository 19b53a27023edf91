// The tracker on plain Node, for those who host it themselves: the same app over pg. Several may
// run side by side against one database.

import { CannotListen } from '#infra/tcp-server.ts'
import { systemClock } from '#shared/clock.ts'
import { logEvents } from '#shared/events.ts'
import { readConfig } from './config.ts'
import { serveTracker } from './serve-tracker.ts'

const read = readConfig(process.env)
if ('wrong' in read) {
  console.error('The environment is wrong (see infra/serve/tracker.env.example):')
  for (const line of read.wrong) console.error(`  ${line}`)
  process.exit(2)
}
const { config } = read
const { TRACKER_LOG_LEVEL: least = 'info', TRACKER_LOG_FORMAT: asked } = config
const form = asked === 'pretty' || (asked === 'auto' && process.stdout.isTTY) ? 'pretty' : 'json'
const events = logEvents('edge-tracker', { least, form })
const tracker = await serveTracker({
  databaseUrl: config.DATABASE_URL,
  readDatabaseUrl: config.READ_DATABASE_URL,
  isInside: config.TRACKER_INSIDE !== '0',
  addressHeader: config.TRACKER_ADDRESS_HEADER,
  origins: config.TRACKER_CORS_ORIGINS,
  ...(config.TRACKER_MAX_REQUESTS !== undefined && { maxRequests: config.TRACKER_MAX_REQUESTS }),
  trackerSecret: config.TRACKER_SECRET,
  alsoTrackerSecret: config.TRACKER_SECRET_ALSO,
  host: config.TRACKER_HOST,
  port: config.TRACKER_PORT,
  clock: systemClock,
  events,
  lineGateway:
    config.GATEWAY_KEY === undefined
      ? undefined
      : {
          host: config.GATEWAY_HOST,
          port: config.GATEWAY_PORT,
          key: config.GATEWAY_KEY,
        },
}).catch((error: unknown) => {
  if (!(error instanceof CannotListen)) throw error
  console.error(error.message)
  process.exit(1)
})
logEvents('edge-tracker', { form }).emit('info', 'tracker.listening', {
  url: tracker.url,
  pid: process.pid,
})
if (tracker.gateway !== undefined)
  events.emit('info', 'gateway.listening', { port: tracker.gateway.port, pid: process.pid })

const stop = () => {
  void tracker[Symbol.asyncDispose]().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
