// Serves the tracker's app on a Node server with its own database connections and sweep timer.
// In the same process as tests and benchmarks, or in one of its own (main.ts).
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { ExecutionContext } from 'hono'
import { type Gateway, startGateway } from '#infra/line-gateway/gateway.ts'
import { closeWithin, listenAt } from '#infra/tcp-server.ts'
import type { Clock } from '#shared/clock.ts'
import type { Origins } from '#shared/cors.ts'
import type { Events } from '#shared/events.ts'
import { countedEvents } from '#shared/metrics/counted-events.ts'
import { createApp } from '#tracker/app.ts'
import { type Deps, makeDeps } from '#tracker/deps.ts'
import { together } from '#tracker/gather.ts'
import { ADDRESS_HEADER, appTracker } from './app-tracker.ts'
import { addressOf, type Peer } from './client-address.ts'
import { fetchOfNodes } from './fetch-of-nodes.ts'
import { keepSweeping } from './keep-sweeping.ts'
import { type PgDb, pgDb } from './pg-db.ts'
import { prepareMac } from './prepare-mac.ts'
import { readText } from './read-text.ts'
import { readingAway } from './reading-away.ts'
import { MAX_REQUESTS, sheddingLoad } from './shed-load.ts'
import { TrackerMeter } from './tracker-meter.ts'
import { refuseUnmade, refuseUnreadable } from './unreadable.ts'
import { workAfterAnswers } from './work-after-answers.ts'

export interface TrackerOptions {
  databaseUrl: string
  /** Of a read replica. */
  readDatabaseUrl?: string | undefined
  /** Nodes are reached by their internal addresses, unless told otherwise. */
  isInside?: boolean
  /** What a proxy in front of us says of the client's address; unless told, it is the peer's. */
  addressHeader?: string | undefined
  /** Whose pages may ask from their browsers. */
  origins?: Origins | undefined
  trackerSecret: string
  alsoTrackerSecret?: string | undefined
  host: string
  /** 0 for any free port. */
  port: number
  /** Of clients, under way at once: what comes beyond is refused. */
  maxRequests?: number
  clock: Clock
  events: Events
  fetch?: typeof globalThis.fetch
  /** MogileFS's line protocol beside HTTP. */
  lineGateway?: { host: string; port: number; key: string } | undefined
}

export interface ServedTracker extends AsyncDisposable {
  url: string
  gateway: Gateway | undefined
  deps: Deps
  db: PgDb
}

/** Who sends a byte now and then holds a connection for no longer than this. */
const TIMEOUTS = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
}
const MAX_CONNECTIONS = 20_000
const DRAIN_TIMEOUT_MS = 5_000

export async function serveTracker(options: TrackerOptions): Promise<ServedTracker> {
  const { clock, trackerSecret, alsoTrackerSecret, origins, isInside = true } = options
  const events = countedEvents(options.events)
  const db = pgDb(options.databaseUrl)
  const { readDatabaseUrl, addressHeader } = options
  const readDb = readDatabaseUrl === undefined ? undefined : pgDb(readDatabaseUrl)
  const meter = new TrackerMeter(events, db.times)
  const nodes = fetchOfNodes()
  const told = { db, readDb, isInside, origins, clock, events, meter }
  const world = { ...told, fetch: options.fetch ?? nodes.fetch, random: Math.random }
  const secrets = { trackerSecret, alsoTrackerSecret }
  const deps = makeDeps({
    ...world,
    ...secrets,
    gather: together(socketsRead),
    takesFidsAhead: true,
    prepareMac,
  })
  const app = createApp(deps)

  const { execution, afterAnswer } = workAfterAnswers(events)
  const bindingsOf = (incoming: Readable & Peer) => ({
    readText: (limit: number) => readText(incoming, limit),
    clientAddress: () => addressOf(incoming, addressHeader),
  })
  const listener = getRequestListener(
    (request, { incoming }) => app.fetch(request, bindingsOf(incoming), execution),
    { errorHandler: refuseUnmade(events) },
  )
  const bounds = { maxRequests: options.maxRequests ?? MAX_REQUESTS, events }
  const server = createServer(TIMEOUTS, readingAway(sheddingLoad(listener, bounds)))
  server.maxConnections = MAX_CONNECTIONS
  // asked whether to send its body, a client is answered at once: PUT is redirected without it
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'PUT') response.writeContinue()
    server.emit('request', request, response)
  })
  server.on('clientError', refuseUnreadable)
  const port = await listenAt(server, options.host, options.port)

  const gateway = await gatewayTo(app, execution, options)
  const stopping = new AbortController()
  const sweeping = keepSweeping(deps, stopping.signal)
  return {
    url: `http://${options.host}:${port}`,
    gateway,
    deps,
    db,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all([stop(server), gateway?.[Symbol.asyncDispose]()])
      await sweeping
      await Promise.all(afterAnswer)
      await db[Symbol.asyncDispose]()
      await Promise.all([readDb?.[Symbol.asyncDispose](), nodes[Symbol.asyncDispose]()])
    },
  }
}

async function gatewayTo(
  app: ReturnType<typeof createApp>,
  execution: ExecutionContext,
  { lineGateway, clock, events }: TrackerOptions,
): Promise<Gateway | undefined> {
  if (lineGateway === undefined) return undefined
  const { host, port, key } = lineGateway
  const tracker = appTracker(app, execution, { key, clock })
  return startGateway({ host, port, tracker, events, addressHeader: ADDRESS_HEADER })
}

/** Everything that has arrived by now has been read, and parsed. */
const socketsRead = () => new Promise((resolve) => setImmediate(resolve))

async function stop(server: Server): Promise<void> {
  const closed = closeWithin(server, DRAIN_TIMEOUT_MS, () => server.closeAllConnections())
  server.closeIdleConnections()
  await closed
}
