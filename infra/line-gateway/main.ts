// The gateway as a program of its own: MogileFS's clients on one side, trackers over HTTPS on the
// other. Several may run side by side: they keep nothing.

import { CannotListen } from '#infra/tcp-server.ts'
import { trackerAt } from '#shared/client/tracker.ts'
import { systemClock } from '#shared/clock.ts'
import { jsonEvents } from '#shared/events.ts'
import { readConfig } from './config.ts'
import { startGateway } from './gateway.ts'
import { TRACKER_ROUNDS } from './limits.ts'

const read = readConfig(process.env)
if ('wrong' in read) {
  console.error('The environment is wrong (see infra/line-gateway/gateway.env.example):')
  for (const line of read.wrong) console.error(`  ${line}`)
  process.exit(2)
}
const { config } = read

const events = jsonEvents('line-gateway')
const wire = { fetch: globalThis.fetch, clock: systemClock }
const gateway = await startGateway({
  host: config.GATEWAY_HOST,
  port: config.GATEWAY_PORT,
  tracker: trackerAt(config.GATEWAY_TRACKERS, config.GATEWAY_KEY, wire, TRACKER_ROUNDS),
  events,
  addressHeader: config.GATEWAY_ADDRESS_HEADER,
}).catch((error: unknown) => {
  if (!(error instanceof CannotListen)) throw error
  console.error(error.message)
  process.exit(1)
})
events.emit('info', 'gateway.listening', { port: gateway.port, pid: process.pid })

const stop = () => {
  void gateway[Symbol.asyncDispose]().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
