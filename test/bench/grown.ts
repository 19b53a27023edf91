// The hot verbs with 1,000,000 files beside the same with 10,000, by turns: paths and a list over
// HTTP, open and close as the statements that they are.
import { randomBytes } from 'node:crypto'
import { type PgDb, pgDb } from '#infra/serve/pg-db.ts'
import { Checksum, DeviceId, DomainName, HostId } from '#shared/ids.ts'
import { closeUploads } from '#tracker/db/closes.ts'
import { openUploads } from '#tracker/db/uploads.ts'
import type { Bench, Row } from './bench.ts'
import { portOf } from './bench-cluster.ts'
import { startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import { repeat } from './load/repeat.ts'
import { describe, measureByTurns, type Side } from './rounds.ts'
import { keyOfFile, seedFiles } from './seed-files.ts'
import { simulateHosts } from './simulated-hosts.ts'
import { startTrackerAlone, type TrackerAlone } from './tracker-alone.ts'

const FEW = 10_000
const MANY = 1_000_000
const [HOSTS, DEVICES_PER_HOST] = [20, 2]
const CONNECTIONS = 16
const PAGE = 100
const SPREAD = 20_000
const BYTES = 4_096
const UPLOAD_MS = 3_600_000
const DOMAIN = DomainName.parse('demo')
const CHECKSUM = Checksum.parse(`SHA-256:${'0'.repeat(64)}`)
const FIRST = DeviceId.parse(1)
/** On two hosts, as an open offers them. */
const OFFERED = [
  { deviceId: FIRST, hostId: HostId.parse(1) },
  { deviceId: DeviceId.parse(3), hostId: HostId.parse(2) },
]

type Sides = Readonly<Record<'paths' | 'list' | 'open and close', Side>>

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const generator = parts.use(startGenerator())

  async function sidesWith(files: number): Promise<Sides> {
    const alone = parts.use(await startTrackerAlone(`${dir}/${files}`))
    const { tracker, database, adminKey } = alone
    await fill(alone, files)
    const db = parts.use(pgDb(database.url))
    const processes = { tracker: tracker.pid, database: database.pid, generator: generator.pid }
    const gets = (paths: string[]) => (ms: number) =>
      generator.run({
        kind: 'requests',
        port: portOf(tracker.url),
        connections: CONNECTIONS,
        heads: paths.map((path) => headOf('GET', path, { authorization: `Bearer ${adminKey}` })),
        once: false,
        expected: 200,
        ms,
      })
    const numbers = Array.from({ length: SPREAD }, (_, n) => (n * 7_919) % files)
    const pathsOf = numbers.map((n) => `/v1/domains/demo/paths/${keyOfFile(n)}?noverify`)
    const pages = numbers.map((n) => `/v1/domains/demo/files?limit=${PAGE}&after=${keyOfFile(n)}`)
    return {
      paths: { round: gets(pathsOf), processes },
      list: { round: gets(pages), processes },
      'open and close': {
        round: (ms) => repeat({ callers: CONNECTIONS, ms }, stores(db)),
        processes: { client: process.pid, database: database.pid },
      },
    }
  }
  const [few, many] = [await sidesWith(FEW), await sidesWith(MANY)]
  const rows: Row[] = []
  for (const verb of ['paths', 'list', 'open and close'] as const) {
    const { ours, reference } = await measureByTurns(many[verb], few[verb])
    rows.push({
      what: `${verb} with ${MANY} files; with ${FEW}`,
      unit: 'a second',
      ours: ours.rate,
      reference: reference.rate,
      wanted: { ratioAtLeast: 0.8 },
      notes: [describe('many', ours), describe('few', reference)],
    })
  }
  return rows
}

/** As requests that come together would do it, each for itself. */
function stores(db: PgDb) {
  const prefix = randomBytes(4).toString('hex')
  return async (_caller: number, index: number) => {
    const request = { key: `${prefix}/${index}`, bytes: BYTES }
    const [upload] = await db.all(
      openUploads([{ domain: DOMAIN, request, ranked: OFFERED, uploadMs: UPLOAD_MS }]),
    )
    if (upload === undefined) throw new Error('an open found no domain')
    const stored = { fid: upload.fid, deviceId: FIRST, bytes: BYTES, checksum: CHECKSUM }
    const closed = await db.all(closeUploads([{ domain: DOMAIN, stored }]))
    if (closed.length !== 1) throw new Error(`fid ${upload.fid} could not be closed`)
    return 0
  }
}

async function fill({ tracker, database, adminKey, admin }: TrackerAlone, files: number) {
  await admin.domains.add('demo')
  await using _ = await simulateHosts(tracker.url, adminKey, HOSTS, DEVICES_PER_HOST)
  await seedFiles(database.url, { files, devices: HOSTS * DEVICES_PER_HOST })
}

export const grown: Bench = { name: 'grown', run }
