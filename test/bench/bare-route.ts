// The reference for `paths`, a program: a bare Hono route on Node that answers with one indexed
// select. It pipelines over as many connections as the tracker does.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import { LOOPBACK } from '#infra/dev/loopback.ts'

const CONNECTIONS = 8
const [databaseUrl] = process.argv.slice(2)

const clients = Array.from(
  { length: CONNECTIONS },
  () => new pg.Client({ connectionString: databaseUrl, pipeline: true }),
)
await Promise.all(clients.map((client) => client.connect()))

const text = 'select fid, bytes, content_type from file where domain_id = 1 and key = $1'
let asked = 0
const app = new Hono().get('/:key{.+}', async (c) => {
  const client = clients[asked++ % CONNECTIONS]
  const found = await client?.query({ name: 'bare', text, values: [c.req.param('key')] })
  return c.json(found?.rows[0])
})

serve({ fetch: app.fetch, hostname: LOOPBACK, port: 0 }, ({ port }) => {
  console.log(JSON.stringify({ event: 'bare.listening', url: `http://${LOOPBACK}:${port}` }))
})
