/**
 * Neon's SQL-over-HTTP protocol in front of a plain PostgreSQL, so that the Workers build of the
 * tracker, with the real `@neondatabase/serverless` driver, runs without an account or a network.
 * Keeps nothing: a crash costs the requests in flight.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import * as z from 'zod'
import { LOOPBACK, listenOnLoopback } from './loopback.ts'
import { NeonPools } from './neon-pools.ts'
import { runBatch, runOne } from './neon-queries.ts'

export interface NeonStandIn extends AsyncDisposable {
  /** For `neonConfig.fetchEndpoint`. */
  url: string
  /** HTTP requests received so far: the round trips of the driver. */
  queries(): number
}

const REQUEST_LIMIT_BYTES = 64 * 1024 * 1024 // Neon's own
const KEEP_ALIVE_MS = 120_000 // longer than a client's, so that it never meets a closing socket

const Query = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) })
const Body = z.union([Query, z.object({ queries: z.array(Query) })])
const Isolation = z.enum(['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'])
const flag = z.enum(['true', 'false']).optional()
const Headers = z.object({
  'neon-connection-string': z.url({ protocol: /^postgres(ql)?$/ }),
  'neon-raw-text-output': z.literal('true'), // the driver asks for nothing else
  'neon-array-mode': flag,
  'neon-batch-isolation-level': Isolation.optional(),
  'neon-batch-read-only': flag,
  'neon-batch-deferrable': flag,
})

interface Answer {
  status: number
  body: unknown
}

/** Serves every database of the server at `databaseUrl`; each request brings its own login. */
export async function startNeonStandIn(server: { databaseUrl: string }): Promise<NeonStandIn> {
  const pools = new NeonPools(new URL(server.databaseUrl))
  let received = 0
  const http = createServer((request, response) => {
    received += 1
    void respond(pools, request, response)
  })
  http.keepAliveTimeout = KEEP_ALIVE_MS
  const port = await listenOnLoopback(http)
  return {
    url: `http://${LOOPBACK}:${port}/sql`,
    queries: () => received,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => http.close(resolve))
      http.closeAllConnections()
      await closed
      await pools.end()
    },
  }
}

async function respond(
  pools: NeonPools,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = await serve(pools, request)
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body)) // whole, with its length: one write
}

async function serve(pools: NeonPools, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'POST' || request.url !== '/sql') return refuse(404, 'only POST /sql')
  const bytes = Number(request.headers['content-length']) // NaN without: refused as well
  if (!(bytes <= REQUEST_LIMIT_BYTES)) return refuse(413, `more than ${REQUEST_LIMIT_BYTES} bytes`)
  try {
    const body = Body.parse(JSON.parse(await text(request)))
    return await answer(pools, Headers.parse(request.headers), body)
  } catch (failure) {
    if (failure instanceof pg.DatabaseError) return refuse(400, failure.message, failure)
    if (failure instanceof z.ZodError) return refuse(400, z.prettifyError(failure))
    if (failure instanceof SyntaxError) return refuse(400, failure.message)
    return refuse(500, String(failure))
  }
}

/** `facts` are PostgreSQL's own fields (code, detail, constraint ...), which the driver keeps. */
const refuse = (status: number, message: string, facts: object = {}): Answer => ({
  status,
  body: { ...facts, message },
})

async function answer(
  pools: NeonPools,
  headers: z.infer<typeof Headers>,
  body: z.infer<typeof Body>,
): Promise<Answer> {
  const mode = { rowsAsArrays: headers['neon-array-mode'] === 'true', transaction: begin(headers) }
  const pool = pools.at(headers['neon-connection-string'])
  if (pool === undefined) return refuse(503, 'too many databases in use at once')
  try {
    if ('query' in body) return { status: 200, body: await runOne(pool, body, mode) }
    return { status: 200, body: { results: await runBatch(pool, body.queries, mode) } }
  } finally {
    if (pool.totalCount + pool.waitingCount === 0) await pools.forget(pool)
  }
}

const isolationLevels = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
}

function begin(headers: z.infer<typeof Headers>): string {
  const isolation = headers['neon-batch-isolation-level']
  const readOnly = headers['neon-batch-read-only']
  const deferrable = headers['neon-batch-deferrable']
  const modes: string[] = []
  if (isolation !== undefined) modes.push(`isolation level ${isolationLevels[isolation]}`)
  if (readOnly !== undefined) modes.push(readOnly === 'true' ? 'read only' : 'read write')
  if (deferrable !== undefined) modes.push(deferrable === 'true' ? 'deferrable' : 'not deferrable')
  return modes.join(', ')
}
