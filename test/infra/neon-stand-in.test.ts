// The stand-in for Neon (infra/dev/neon-stand-in.ts) under the real, unmodified driver: what a
// tracker on Workers sees of its database, in Node and in workerd.
import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { NeonDbError, type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless'
import { type NeonStandIn, startNeonStandIn } from '#infra/dev/neon-stand-in.ts'
import { bundleWorker, startWorkerd } from '#infra/dev/workerd.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/temp-dir.ts'

interface World extends AsyncDisposable {
  databaseUrl: string
  /** The driver. */
  sql: NeonQueryFunction<false, false>
  standIn: NeonStandIn
}

/** A database of its own behind a stand-in, with an empty table; the driver is told of it. */
async function world(): Promise<World> {
  await using making = new AsyncDisposableStack()
  const { url: databaseUrl } = making.use(await testDatabase())
  const standIn = making.use(await startNeonStandIn({ databaseUrl }))
  neonConfig.fetchEndpoint = standIn.url
  const sql = neon(databaseUrl)
  await sql`create table item (id bigint primary key)`

  const made = making.move()
  return { databaseUrl, sql, standIn, [Symbol.asyncDispose]: () => made.disposeAsync() }
}

/** The driver, for another login or database. */
function neonOtherThan(databaseUrl: string, change: (url: URL) => void) {
  const url = new URL(databaseUrl)
  change(url)
  return neon(url.href)
}

const atOnce = <T>(callers: number, ask: (caller: number) => Promise<T>) =>
  Promise.all(Array.from({ length: callers }, (_, caller) => ask(caller)))

describe('one statement', () => {
  test('answers with the types that the driver reads from a real Neon', async () => {
    await using made = await world()
    const { sql } = made
    const at = new Date('2026-01-02T03:04:05.678Z')
    const [row] = await sql`
      select ${[1, 2, 3]}::bigint[] as fids, ${['a', 'b "c"', null]}::text[] as keys,
        ${{ w: [1, null] }}::jsonb as facts, 9007199254740993::bigint as big, ${null}::text as none,
        ${at}::timestamptz as at, ${true}::boolean as yes, ${1.5}::float8 as half,
        ${Buffer.from([0, 255])}::bytea as bytes`
    assert.deepEqual(row, {
      fids: ['1', '2', '3'],
      keys: ['a', 'b "c"', null],
      facts: { w: [1, null] },
      big: '9007199254740993',
      none: null,
      at,
      yes: true,
      half: 1.5,
      bytes: Buffer.from([0, 255]),
    })
  })

  test('comes back whole, with its fields, its command and its count', async () => {
    await using made = await world()
    const { databaseUrl } = made
    const sql = neon(databaseUrl, { fullResults: true, arrayMode: true })
    const { command, rowCount, fields, rows } = await sql`select 1 as a, 2 as a`
    assert.deepEqual(
      { command, rowCount, rows },
      { command: 'SELECT', rowCount: 1, rows: [[1, 2]] },
    )
    assert.deepEqual(
      fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
      [
        ['a', 23],
        ['a', 23],
      ],
    )
  })

  test('costs one round trip, and hundreds of them no more than the pool', async () => {
    await using made = await world()
    const { sql, standIn } = made
    const earlier = standIn.queries()
    await atOnce(300, (n) => sql`select ${n}::int as n`)
    assert.equal(standIn.queries() - earlier, 300)
    const [row] = await sql`
      select count(*)::int as n from pg_stat_activity where datname = current_database()`
    assert.ok(row?.['n'] <= 16, `${row?.['n']} connections`)
  })

  test('is refused with the fields of PostgreSQL: code, detail, constraint', async () => {
    await using made = await world()
    const { sql } = made
    await sql`insert into item (id) values (1)`
    await assert.rejects(sql`insert into item (id) values (1)`, (failure) => {
      assert.ok(failure instanceof NeonDbError)
      assert.equal(failure.code, '23505')
      assert.equal(failure.constraint, 'item_pkey')
      assert.equal(failure.table, 'item')
      assert.equal(failure.detail, 'Key (id)=(1) already exists.')
      assert.equal(failure.severity, 'ERROR')
      return true
    })
    await assert.rejects(sql`select nonsense`, { code: '42703', position: '8' })
    await assert.rejects(sql.query('select 1; select 2'), { code: '42601' }, 'a script')
  })

  test('still works after its table has changed', async () => {
    await using made = await world()
    const { sql } = made
    const readAll = () => atOnce(32, () => sql`select * from changing`)
    await sql`create table changing as select 1 as a`
    await readAll()
    await sql`alter table changing add column b int default 2`
    for (const rows of await readAll()) assert.deepEqual(rows, [{ a: 1, b: 2 }])
  })

  test('that opens a transaction does not leave it to the next one', async () => {
    await using made = await world()
    const { sql } = made
    await atOnce(16, () => sql`begin`)
    await atOnce(16, (n) => sql`insert into item (id) values (${n})`)
    const counts = await atOnce(16, () => sql`select count(*)::int as n from item`)
    for (const rows of counts) assert.deepEqual(rows, [{ n: 16 }])
  })
})

describe('a batch', () => {
  test('is one transaction of the isolation that was asked for, and one round trip', async () => {
    await using made = await world()
    const { sql, standIn } = made
    const earlier = standIn.queries()
    const results = await sql.transaction(
      [
        sql`select current_setting('transaction_isolation') as isolation`,
        sql`select current_setting('transaction_read_only') as "readOnly"`,
        sql`select current_setting('transaction_deferrable') as deferrable`,
      ],
      { isolationLevel: 'Serializable', readOnly: true, deferrable: true },
    )
    assert.deepEqual(results.flat(), [
      { isolation: 'serializable' },
      { readOnly: 'on' },
      { deferrable: 'on' },
    ])
    assert.equal(standIn.queries() - earlier, 1)
    await assert.rejects(
      sql.transaction([sql`insert into item (id) values (3)`], { readOnly: true }),
      { code: '25006' },
    )
  })

  test('of which one statement fails stores nothing', async () => {
    await using made = await world()
    const { sql } = made
    const batch = [sql`insert into item (id) values (4)`, sql`insert into item (id) values (4)`]
    await assert.rejects(sql.transaction(batch), { code: '23505' })
    assert.deepEqual(await sql`select id from item where id = 4`, [])
  })
})

describe('a login', () => {
  test('with a wrong password is refused, and with the right one still served', async () => {
    await using made = await world()
    const { databaseUrl } = made
    const wrong = neonOtherThan(databaseUrl, (url) => (url.password = 'guess'))
    await assert.rejects(wrong`select 1`, { code: '28P01' })
    assert.deepEqual(await neon(databaseUrl)`select 1 as one`, [{ one: 1 }])
  })

  test('reaches the database that it names, and none that does not exist', async () => {
    await using made = await world()
    const { databaseUrl } = made
    const other = neonOtherThan(databaseUrl, (url) => (url.pathname = '/postgres'))
    assert.deepEqual(await other`select current_database() as name`, [{ name: 'postgres' }])
    const none = neonOtherThan(databaseUrl, (url) => (url.pathname = '/nowhere'))
    await assert.rejects(none`select 1`, { code: '3D000' })
  })
})

test('a request that is not the driver’s is refused', async () => {
  await using made = await world()
  const { databaseUrl, standIn } = made
  const post = (init: RequestInit) => fetch(standIn.url, { method: 'POST', ...init })
  assert.equal((await fetch(standIn.url)).status, 404)
  assert.equal((await post({ body: '{"query": "select 1"}' })).status, 400)
  const headers = { 'neon-connection-string': databaseUrl, 'neon-raw-text-output': 'true' }
  assert.equal((await post({ headers, body: '{"query": 1}' })).status, 400)
  assert.equal((await post({ headers, body: '{' })).status, 400)
})

test('a Worker in workerd reads its database through the driver', async () => {
  await using made = await world()
  const { databaseUrl, standIn } = made
  await using dir = await tempDir()
  const modules = join(import.meta.dirname, '../../node_modules')
  await symlink(modules, join(dir.path, 'node_modules'))
  await mkdir(join(dir.path, 'src'))
  const wranglerToml = join(dir.path, 'wrangler.toml')
  await writeFile(
    wranglerToml,
    'name = "sample"\nmain = "src/sample.ts"\ncompatibility_date = "2026-01-01"\n' +
      'compatibility_flags = ["nodejs_compat", "global_navigator"]\n',
  )
  await writeFile(
    join(dir.path, 'src/sample.ts'),
    `import { neon, neonConfig } from '@neondatabase/serverless'
     import { Hono } from 'hono'
     export default new Hono().get('/', async (c) => {
       neonConfig.fetchEndpoint = c.env.ENDPOINT
       const rows = await neon(c.env.DATABASE_URL)\`select \${c.env.WORD}::text as word\`
       return c.json({ rows, agent: navigator.userAgent })
     })`,
  )
  const bundleDir = join(dir.path, 'bundle')
  const entry = await bundleWorker(bundleDir, wranglerToml)

  const bindings = { ENDPOINT: standIn.url, DATABASE_URL: databaseUrl, WORD: 'ein "Wörtchen"\n' }
  await using worker = await startWorkerd({ bundleDir, entry, bindings, wranglerToml })
  assert.deepEqual(await (await fetch(worker.url)).json(), {
    rows: [{ word: bindings.WORD }],
    agent: 'Cloudflare-Workers',
  })
})
