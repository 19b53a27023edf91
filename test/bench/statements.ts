// The two statements of a store by themselves, to tell what the database costs of it: no HTTP, no
// agent. For the reader's diagnosis, so nothing is wanted of them.
import { randomBytes } from 'node:crypto'
import { type PgDb, pgDb } from '#infra/serve/pg-db.ts'
import { Checksum, DeviceId, type DomainName, type Fid, HostId } from '#shared/ids.ts'
import { closeUploads } from '#tracker/db/closes.ts'
import { openUploads } from '#tracker/db/uploads.ts'
import { bareWrites } from './bare-writes.ts'
import type { Bench, Row } from './bench.ts'
import { runSql, startBenchDatabase } from './bench-database.ts'
import { repeat } from './load/repeat.ts'
import { describe, measureByTurns, type Side } from './rounds.ts'

const CALLERS = 16
const BYTES = 4_096
const UPLOAD_MS = 3_600_000
const DOMAIN = 'demo' as DomainName
const CHECKSUM = Checksum.parse(`SHA-256:${'0'.repeat(64)}`)
const FIRST = DeviceId.parse(1)
/** On two hosts, as an open offers them. */
const OFFERED = [1, 2].map((n) => ({ deviceId: DeviceId.parse(n), hostId: HostId.parse(n) }))
/** More than are closed in a round. */
const OPEN_AHEAD = 20_000

const rows = `
  insert into domain (name) values ('${DOMAIN}');
  insert into class (domain_id, name) values (1, 'default');
  insert into host (name) values ('a'), ('b');
  insert into device (host_id) values (1), (2)`

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(await startBenchDatabase(dir))
  await runSql(database.url, rows)
  const db = parts.use(pgDb(database.url))
  const bare = parts.use(await bareWrites(database.url, database.pid))
  const processes = { client: process.pid, database: database.pid }
  const sides: Readonly<Record<string, Side>> = {
    open: { round: (ms) => repeat({ callers: CALLERS, ms }, opens(db)), processes },
    close: { ...closes(db), processes },
  }
  const measured: Row[] = []
  for (const [name, side] of Object.entries(sides)) {
    const { ours, reference } = await measureByTurns(side, bare)
    measured.push({
      what: `${name}, the statement alone, ${CALLERS} callers; three bare writes`,
      unit: 'statements/s',
      ours: ours.rate,
      reference: reference.rate,
      notes: [describe('ours', ours), describe('bare', reference)],
    })
  }
  return measured
}

const opens = (db: PgDb, opened: Fid[] = []) => {
  const prefix = randomBytes(4).toString('hex')
  return async (_caller: number, index: number) => {
    const request = { key: `${prefix}/${index}`, bytes: BYTES }
    const ask = { domain: DOMAIN, request, ranked: OFFERED, uploadMs: UPLOAD_MS }
    const [upload] = await db.all(openUploads([ask]))
    if (upload === undefined) throw new Error('an open found no domain')
    opened.push(upload.fid)
    return 0
  }
}

function closes(db: PgDb): Pick<Side, 'round' | 'prepare'> {
  const opened: Fid[] = []
  return {
    async prepare() {
      await repeat({ callers: CALLERS, times: OPEN_AHEAD - opened.length }, opens(db, opened))
    },
    round: (ms) =>
      repeat({ callers: CALLERS, ms, times: opened.length }, async () => {
        const [fid] = opened.splice(-1)
        if (fid === undefined) throw new Error('all uploads are closed')
        const stored = { fid, deviceId: FIRST, bytes: BYTES, checksum: CHECKSUM }
        const closed = await db.all(closeUploads([{ domain: DOMAIN, stored }]))
        if (closed.length !== 1) throw new Error(`fid ${fid} could not be closed`)
        return 0
      }),
  }
}

export const statements: Bench = { name: 'statements', run }
