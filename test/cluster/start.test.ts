// `npm start` as a person runs it: what it prints, what it keeps, what it refuses, and that nothing
// of it is left when it was stopped.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { startChild } from '#infra/dev/child.ts'
import { findFreePort } from '#infra/dev/loopback.ts'
import { connect } from '#shared/client/connect.ts'
import { tempDir } from '#test/support/temp-dir.ts'

const program = join(import.meta.dirname, '../../infra/dev/start.ts')
const { DATABASE_URL: _, ...env } = process.env
const READY_TIMEOUT_MS = 60_000
const FILE_MODE = 0o777

/** The whole of cluster.json, and nothing besides. */
const Description = z.strictObject({
  trackerUrl: z.url(),
  adminKey: z.string().startsWith('mog_'),
  clientKey: z.string().startsWith('mog_'),
  domain: z.literal('demo'),
  databaseUrl: z.string().startsWith('postgres://'),
  agents: z.array(
    z.strictObject({
      host: z.string(),
      url: z.url(),
      pid: z.int(),
      root: z.string().startsWith('/'),
      devices: z.array(z.strictObject({ deviceId: z.int(), path: z.string().startsWith('/') })),
    }),
  ),
  trackerPid: z.int(),
})

/** Runs until it is stopped; `greeting` is all that it has printed before it was ready. */
async function start(cwd: string, ...args: readonly string[]) {
  const lines: string[] = []
  const child = await startChild({
    name: 'npm start',
    command: process.execPath,
    args: [program, ...args],
    cwd,
    env,
    ready: (line) => (lines.push(line) > 0 && line.startsWith('Ctrl-C')) || undefined,
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
  return Object.assign(child, { greeting: lines.join('\n') })
}

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs to its end. */
const run = (cwd: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })

async function describe(state: string) {
  const file = join(state, 'cluster.json')
  const description = Description.parse(JSON.parse(await readFile(file, 'utf8')))
  const { trackerUrl: url, clientKey: key } = description
  return { ...description, file, files: connect({ url, key }).domain('demo') }
}

/** Of everything that runs for this cluster. */
async function pidsOf(state: string): Promise<number[]> {
  const { agents, trackerPid } = await describe(state)
  const postmaster = await readFile(join(state, 'postgres', 'postmaster.pid'), 'utf8')
  return [trackerPid, ...agents.map(({ pid }) => pid), Number(postmaster.split('\n')[0])]
}

const runs = (pid: number) => existsSync(`/proc/${pid}`)

test('a cluster is started, described, stopped, and there again', async (t) => {
  await using dir = await tempDir()
  const state = join(dir.path, 'state')
  const port = await findFreePort()
  const size = ['--hosts', '2', '--devices', '1']
  let first: number[] = []
  let key = ''

  await t.test('it says where it is and what to type', async (running) => {
    await using cluster = await start(dir.path, '--state', state, '--port', String(port), ...size)
    const { file, files, agents, ...description } = await describe(state)
    const { trackerUrl, clientKey } = description
    key = clientKey
    assert.equal(trackerUrl, `http://127.0.0.1:${port}`)
    for (const line of [
      '2 agents with 2 devices',
      `export URL=${trackerUrl}`,
      `export KEY=${clientKey}`,
      'curl -L -T photo.jpg -H "Authorization: Bearer $KEY" $URL/v1/domains/demo/files/photo.jpg',
      'npx mog put photo.jpg',
    ])
      assert.ok(cluster.greeting.includes(line), line)
    assert.deepEqual(
      agents.map(({ host, devices }) => [host, devices.length]),
      [
        ['a', 1],
        ['b', 1],
      ],
    )
    for (const name of [file, join(state, 'secrets.json')])
      assert.equal((await stat(name)).mode & FILE_MODE, 0o600, name)

    await running.test('a second one in the same folder is refused', async () => {
      const { code, stderr } = await run(dir.path, '--state', state, '--port', '0', ...size)
      assert.equal(code, 1)
      assert.match(stderr, /^a cluster \(pid \d+\) uses this state folder already: .*--state\n$/)
    })
    await running.test('a port that is taken is named', async () => {
      const { code, stderr } = await run(dir.path, '--state', 'other', '--port', String(port))
      assert.equal(code, 1)
      assert.equal(stderr, `port ${port} is taken: give another one with --port\n`)
    })

    await files.put('kept', 'what was stored')
    first = await pidsOf(state)
    assert.deepEqual(first.map(runs), [true, true, true, true])
    assert.deepEqual(await cluster.stop('SIGINT'), { code: 0, signal: null })
    assert.deepEqual(first.map(runs), [false, false, false, false])
    assert.ok(!existsSync(file), 'nothing runs, so nothing is described')
  })
  await t.test('what was stored is there at the next start, with the other tracker', async () => {
    const other = ['--tracker', 'node', '--port', '0', ...size]
    await using cluster = await start(dir.path, '--state', state, ...other)
    const { clientKey, files } = await describe(state)
    assert.equal(clientKey, key)
    assert.equal(await (await files.get('kept')).text(), 'what was stored')
    const pids = await pidsOf(state)
    assert.deepEqual(await cluster.stop('SIGTERM'), { code: 0, signal: null })
    assert.deepEqual(pids.map(runs), [false, false, false, false])
  })
  await t.test('without its secrets the folder is not opened', async () => {
    await writeFile(join(state, 'secrets.json'), '{"trackerSecret": ')
    const { code, stderr } = await run(dir.path, '--state', state, '--port', '0', ...size)
    assert.equal(code, 1)
    assert.match(stderr, /^\/\S+\/secrets\.json is damaged, .* another --state\n$/)
  })
})

test('what cannot be meant is refused in a sentence, before anything is started', async (t) => {
  await using dir = await tempDir()
  for (const [args, sentence] of [
    [['--prot', '80'], "Unknown option '--prot'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', '65536'], '--port is a whole number from 0 to 65535, not 65536'],
    [['--hosts', 'three'], '--hosts is a whole number from 1 to 26, not three'],
    [['--devices', '0'], '--devices is a whole number from 1 to 64, not 0'],
    [['--tracker', 'bun'], '--tracker is worker or node, not bun'],
    [['photos'], 'unexpected photos'],
    [['--demo', 'no-such-directory'], /^\/\S+\/no-such-directory cannot be read: .*files$/],
  ] as const)
    await t.test(args.join(' '), async () => {
      const { code, stdout, stderr } = await run(dir.path, ...args)
      assert.equal(code, 1)
      const [said = ''] = stderr.split('\n')
      if (typeof sentence === 'string') assert.equal(said, sentence)
      else assert.match(said, sentence)
      assert.doesNotMatch(stderr, /^ +at /m, 'no stack')
      assert.equal(stdout, '')
    })
})

test('the demo keeps every promise on the files of a directory', async () => {
  await using dir = await tempDir()
  const input = join(dir.path, 'input')
  await mkdir(join(input, 'sub folder'), { recursive: true })
  for (const [name, bytes] of [
    ['empty', 0],
    ['small', 900],
    ['sub folder/ünï', 70_000],
    ['large', 3_000_000],
  ] as const)
    await writeFile(join(input, name), Buffer.alloc(bytes, name))

  const { code, stdout, stderr } = await run(dir.path, '--demo', 'input', '--tracker', 'node')
  assert.equal(code, 0, stdout + stderr)
  const table = stdout.split('\n').filter((line) => /\d+\/\d+/.test(line))
  assert.equal(table.length, 9, stdout)
  for (const line of table) assert.match(line, / 4\/4 +\d+\.\d  ok$/)
  assert.ok(!existsSync(join(dir.path, '.mogile/demo')), 'its own state is gone')
})
