// 1,000,000 files over 40 devices: a device dies, a host is drained, a class asks for a third copy.
// How fast the copies are ordered and recorded, and how many rows that takes at once. The hosts
// are simulated: no byte moves, so the rate is what the tracker and the database can do.
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { MAX_REPLICATE_BACKLOG, MAX_SHORTFALL_BACKLOG } from '#shared/limits.ts'
import type { Bench, Row } from './bench.ts'
import { connectClients } from './bench-database.ts'
import { seedFiles } from './seed-files.ts'
import { type SimulatedHosts, simulateHosts } from './simulated-hosts.ts'
import { figure } from './table.ts'
import { startTrackerAlone } from './tracker-alone.ts'

const FILES = 1_000_000
const [HOSTS, DEVICES_PER_HOST] = [20, 2]
const DEVICES = HOSTS * DEVICES_PER_HOST
/** Long enough for a rate; the class's million copies would take ten times that. */
const WATCH_MS = 30_000
const GLANCE_MS = 250
/** Each of both tables stays below its bound, but for the windows that were under way. */
const BOUND = MAX_REPLICATE_BACKLOG + MAX_SHORTFALL_BACKLOG

interface Event {
  what: string
  happens: () => Promise<void>
  /** Copies that are to be made for it. */
  copies: number
}

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { tracker, database, adminKey, admin } = parts.use(await startTrackerAlone(dir))
  await admin.domains.add('demo')
  const hosts = parts.use(await simulateHosts(tracker.url, adminKey, HOSTS, DEVICES_PER_HOST))
  await seedFiles(database.url, { files: FILES, devices: DEVICES })
  const connected = parts.use(await connectClients(database.url, 1))
  const [client] = connected.clients
  if (client === undefined) throw new Error('there is no connection')

  const onOne = (2 * FILES) / DEVICES
  const events: Event[] = [
    {
      what: 'a device is dead',
      happens: () => admin.devices.change(1, { state: 'dead' }),
      copies: onOne,
    },
    {
      what: 'a host is drained',
      happens: async () => {
        for (const deviceId of [3, 4]) await admin.devices.change(deviceId, { state: 'drain' })
      },
      copies: DEVICES_PER_HOST * onOne,
    },
    {
      what: 'a class asks for 3 copies instead of 2',
      happens: () => admin.classes.change('demo', 'default', { copies: 3 }),
      copies: FILES,
    },
  ]
  const rows: Row[] = []
  for (const event of events) rows.push(...(await watch(event, hosts, client)))
  return rows
}

async function watch(event: Event, hosts: SimulatedHosts, client: pg.Client): Promise<Row[]> {
  const { what, happens, copies } = event
  const before = hosts.done().replicate
  hosts.go()
  const startedMs = performance.now()
  await happens()
  const most = { job: 0, shortfall: 0, move: 0 }
  let seenAtMs: number | undefined
  const made = () => hosts.done().replicate - before
  while (made() < copies && performance.now() - startedMs < WATCH_MS) {
    await sleep(GLANCE_MS)
    if (made() > 0) seenAtMs ??= performance.now() - startedMs
    const { job, shortfall, move } = await countRows(client)
    most.job = Math.max(most.job, job)
    most.shortfall = Math.max(most.shortfall, shortfall)
    most.move = Math.max(most.move, move)
  }
  const tookS = (performance.now() - startedMs) / 1_000
  const done = made()
  await hosts.pause()
  const notes = [
    `${done} of ${copies} copies in ${figure(tookS)} s`,
    `the first after ${figure(seenAtMs ?? 0)} ms`,
    `at the most ${most.job} jobs, ${most.shortfall} shortfalls, ${most.move} moves`,
  ]
  const title = `of ${FILES} files, ${what}`
  return [
    { what: `${title}: copies recorded`, unit: 'copies/s', ours: done / tookS, notes },
    {
      what: `${title}: rows of work at once`,
      unit: 'rows',
      ours: Math.max(most.job, most.shortfall, most.move),
      wanted: { oursAtMost: BOUND },
      notes: [],
    },
  ]
}

type Counts = Record<'job' | 'shortfall' | 'move', number>

async function countRows(client: pg.Client): Promise<Counts> {
  const { rows } = await client.query<Counts>(`
    select (select count(*)::int from job) as job, (select count(*)::int from move) as move,
      (select count(*)::int from shortfall) as shortfall`)
  const [counts] = rows
  if (counts === undefined) throw new Error('a count has a row')
  return counts
}

export const healing: Bench = { name: 'healing', run }
