// MogileFS's line protocol in the tracker's process: whole stores beside the same over HTTP, simple
// commands pipelined over one connection, and the memory that idle clients cost.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startChild } from '#infra/dev/child.ts'
import { findFreePort, LOOPBACK } from '#infra/dev/loopback.ts'
import { startAnotherTracker } from '#test/support/another-tracker.ts'
import type { Bench, Row } from './bench.ts'
import { type BenchCluster, portOf, startBenchCluster } from './bench-cluster.ts'
import { type Generator, startGenerator } from './generator.ts'
import type { Outcome } from './load/repeat.ts'
import { peakBytesOf } from './machine.ts'
import { describe, measureByTurns, type Side } from './rounds.ts'
import { figure } from './table.ts'

const CONNECTIONS = 16
const BYTES = 4_096
const DEPTH = 32
const IDLE_CLIENTS = 2_000
const READY_TIMEOUT_MS = 20_000
/** The best that MogileFS 2.73 did on such a machine, a second. */
const MOGILEFS = { noop: 11_531, get_paths: 3_021 }

const prefix = () => `${randomBytes(4).toString('hex')}/`

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { cluster, agents, database } = parts.use(await startBenchCluster(dir, 2))
  const { description } = cluster
  const [{ clientKey: key, domain }, port] = [description, await findFreePort()]
  const gateway = { key, port }
  const tracker = parts.use(
    await startAnotherTracker({ dir, description }, { kind: 'node', gateway }),
  )
  const generator = parts.use(startGenerator())
  const body = new Uint8Array(BYTES).fill(7)
  const pids = { database: database.pid, generator: generator.pid }
  const [first, second] = agents.map(({ pid }) => pid)
  const processes = { tracker: tracker.pid, agent: first ?? 0, 'other agent': second ?? 0, ...pids }
  const store = { domain, body, connections: CONNECTIONS }
  const trackerPort = portOf(tracker.url)
  const byHttp: Side['round'] = (ms) =>
    generator.run({ kind: 'store', trackerPort, key, prefix: prefix(), ms, ...store })
  const byLines: Side['round'] = (ms) =>
    generator.run({ kind: 'store-by-lines', port, prefix: prefix(), ms, ...store })

  const stores = await measureByTurns({ round: byLines, processes }, { round: byHttp, processes })
  await generator.run({ kind: 'store', trackerPort, key, prefix: 'one', times: 1, ...store })
  const commands = { noop: 'noop', get_paths: `get_paths domain=${domain}&key=one0&noverify=1` }
  const rows = [
    {
      what: `full store of 4 KiB by lines, ${CONNECTIONS} connections; the same over HTTP`,
      unit: 'files/s',
      ours: stores.ours.rate,
      reference: stores.reference.rate,
      wanted: { ratioAtLeast: 0.7 },
      notes: [describe('lines', stores.ours), describe('HTTP', stores.reference)],
    },
    await pipelined(generator, { port, processes }, 'noop', commands.noop),
    await pipelined(generator, { port, processes }, 'get_paths', commands.get_paths),
    await idleClients(dir, cluster),
  ]
  return rows
}

async function pipelined(
  generator: Generator,
  { port, processes }: Pick<Side, 'processes'> & { port: number },
  name: keyof typeof MOGILEFS,
  line: string,
): Promise<Row> {
  const round = (ms: number): Promise<Outcome> =>
    generator.run({ kind: 'lines', port, lines: [line], depth: DEPTH, ms })
  const { ours } = await measureByTurns({ round, processes }, undefined)
  return {
    what: `${name} by lines, one connection, ${DEPTH} at once`,
    unit: 'commands/s',
    ours: ours.rate,
    wanted: { oursAtLeast: MOGILEFS[name] },
    notes: [describe('lines', ours), `MogileFS 2.73: ${MOGILEFS[name]} over 32 connections`],
  }
}

/** Of a gateway of its own, so that nothing else is counted. */
async function idleClients(dir: string, { description }: BenchCluster['cluster']): Promise<Row> {
  const gateway = await startChild({
    name: 'the gateway',
    command: process.execPath,
    args: [fileURLToPath(import.meta.resolve('#infra/line-gateway/main.ts'))],
    env: {
      ...process.env,
      GATEWAY_KEY: description.clientKey,
      GATEWAY_TRACKERS: description.trackerUrl,
      GATEWAY_PORT: '0',
    },
    logFile: `${dir}/gateway.log`,
    ready: portOfEvent,
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
  const sockets: Socket[] = []
  try {
    const before = peakBytesOf(gateway.pid)
    for (let nr = 0; nr < IDLE_CLIENTS; nr++) sockets.push(await idleClient(gateway.ready))
    const more = (peakBytesOf(gateway.pid) - before) / 1e6
    return {
      what: `memory of ${IDLE_CLIENTS} idle clients of a gateway`,
      unit: 'MB',
      ours: more,
      wanted: { oursAtMost: 40 },
      notes: [`${figure((more * 1e3) / IDLE_CLIENTS)} kB each, above ${figure(before / 1e6)} MB`],
    }
  } finally {
    for (const socket of sockets) socket.destroy()
    await gateway.stop()
  }
}

/** It has asked something, and says no more. */
async function idleClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: LOOPBACK })
  await once(socket, 'connect')
  socket.write('noop\r\n')
  await once(socket, 'data')
  return socket
}

function portOfEvent(line: string): number | undefined {
  const port = /"gateway\.listening","port":(\d+)/.exec(line)?.[1]
  return port === undefined ? undefined : Number(port)
}

export const lineGateway: Bench = { name: 'line-gateway', run }
