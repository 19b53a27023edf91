// What is typed, what is understood, and how it is said when it is not.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { verbs } from '#infra/cli/verbs.ts'
import { connect } from '#shared/client/connect.ts'
import { refuses } from '#test/client/http-server.ts'
import { standIn } from '#test/client/stand-in.ts'
import { mog } from './mog.ts'

const nowhere = { cwd: '/' }
const somewhere = {
  cwd: '/',
  env: { MOG_URL: 'http://127.0.0.1:1', MOG_KEY: 'k', MOG_DOMAIN: 'd' },
}

test('the help names every command, on lines that fit a terminal', async () => {
  for (const words of [[], ['help'], ['--help']]) {
    const { code, out } = await mog(words, nowhere)
    assert.equal(code, 0)
    for (const verb of ['put FILE', 'ls [PREFIX]', 'host mark NAME STATE', 'setting set'])
      assert.ok(out.includes(verb), verb)
    for (const line of out.split('\n')) assert.ok(line.length <= 100, line)
  }
})

test('the help of every command has an example of it', async () => {
  for (const name of Object.keys(verbs)) {
    const { code, out } = await mog(['help', ...name.split(' ')], nowhere)
    assert.equal(code, 0, name)
    assert.ok(out.startsWith(`mog ${name}`), name)
    assert.ok(out.includes(`\n  mog ${name}`), name)
  }
  const asked = await mog(['put', '--help'], nowhere)
  assert.equal(asked.out, (await mog(['help', 'put'], nowhere)).out)
})

test('what is not understood ends with 2, and with what to type instead', async () => {
  const mistakes: [words: string[], next: RegExp][] = [
    [['hots', 'ls'], /Try: mog help/],
    [['host'], /Try: mog host ls, mog host add, mog host token, mog host set/],
    [['host', 'kill'], /Try: mog host ls/],
    [['ls', '--colour'], /Usage: mog ls/],
    [['ls', 'a', 'b'], /What is `b` for\?\n {2}Usage: mog ls \[PREFIX\]/],
    [['mv', 'a'], /Something is missing\n {2}Usage: mog mv FROM TO/],
    [['put', 'a', '--jobs', '0'], /--jobs is a whole number from 1/],
    [['host', 'mark', 'a', 'gone'], /It is one of alive, readonly, down, dead/],
    [['device', 'mark', '1'], /mog help device mark/],
    [['class', 'add', 'd', 'c'], /--copies N/],
    [['key', 'add', 'website'], /mog help key add/],
    [['key', 'add', 'website', '--may', 'fly'], /read, write, list, delete, admin/],
  ]
  for (const [words, next] of mistakes) {
    const { code, out, err } = await mog(words, somewhere)
    assert.deepEqual([code, out], [2, ''], words.join(' '))
    assert.match(err, next)
  }
})

test('without a cluster it says how to name one', async () => {
  assert.match((await mog(['ls'], nowhere)).err, /--domain NAME, or set MOG_DOMAIN/)
  assert.match(
    (await mog(['ls', '-d', 'x'], nowhere)).err,
    /--url URL, set MOG_URL, or run `npm start`/,
  )
  const env = { MOG_URL: 'http://127.0.0.1:1' }
  assert.match((await mog(['ls', '-d', 'x'], { cwd: '/', env })).err, /--key KEY, or set MOG_KEY/)
  assert.match((await mog(['stats'], { cwd: '/', env })).err, /or set MOG_ADMIN_KEY/)
  const wrong = await mog(['stats', '--url', 'tracker'], nowhere)
  assert.deepEqual([wrong.code, wrong.err.split('\n')[0]], [2, 'mog: tracker is not a URL'])
})

test('a refusal tells what, why, and the next command', async () => {
  await using world = await standIn({ nodes: 1 })
  world.next('tracker GET', refuses('unreg_domain'))
  const { code, err } = await mog(['ls'], { world, cwd: '/' })
  assert.equal(code, 1)
  assert.deepEqual(err.split('\n'), [
    'mog: No such domain (unreg_domain, request request-1)',
    '  Create it with `mog domain add NAME`.',
    '',
  ])
})

test('of a wrong key it says where keys come from', async () => {
  await using world = await standIn({ nodes: 1 })
  const { code, err } = await mog(['ls', '--key', 'wrong'], { world, cwd: '/' })
  assert.equal(code, 1)
  assert.match(
    err,
    /^mog: A valid key is needed .*\n {2}Is it a key of this cluster\? --key, MOG_KEY/,
  )
})

test('of a file that is not there its name comes first', async () => {
  const { code, err } = await mog(['put', 'none.jpg'], somewhere)
  assert.deepEqual([code, err], [1, 'mog: /none.jpg: no such file or directory (ENOENT)\n'])
})

test('a refusal for programs is a document on standard error', async () => {
  await using world = await standIn({ nodes: 1 })
  const { code, out, err } = await mog(['rm', 'a', '--json'], { world, cwd: '/' })
  assert.deepEqual([code, out], [1, ''])
  assert.deepEqual(JSON.parse(err), {
    error: {
      subject: 'a',
      code: 'unknown_key',
      detail: 'No file has this key (key "a")',
      requestId: 'request-1',
    },
  })
})

test('options of every command may stand before it', async () => {
  await using world = await standIn({ nodes: 1 })
  world.next('tracker GET', (_, response) => {
    response.end(
      JSON.stringify({
        hosts: [
          {
            hostId: 1,
            name: 'a',
            state: 'alive',
            url: null,
            publicUrl: null,
            internalUrl: null,
            internalMask: null,
            zone: null,
            keyVersion: 1,
            silentMs: null,
          },
        ],
      }),
    )
  })
  const said = await mog(['--key', 'host', '--json', 'host', 'ls'], { world, cwd: '/' })
  assert.equal(said.code, 0)
})

test('as a process it ends quietly when its reader has seen enough', async () => {
  await using world = await standIn({ nodes: 1 })
  const demo = connect({ url: world.url, key: world.key }).domain('demo')
  await demo.put('large', new Uint8Array(8_000_000))

  const program = fileURLToPath(import.meta.resolve('#infra/cli/mog.ts'))
  const flags = ['--url', world.url, '--key', world.key, '--domain', 'demo']
  const child = spawn(process.execPath, [program, 'get', 'large', '-', ...flags])
  const said = text(child.stderr)
  child.stdout.once('data', () => child.stdout.destroy())
  await once(child, 'exit')
  assert.deepEqual([child.exitCode, await said], [0, ''])
})
