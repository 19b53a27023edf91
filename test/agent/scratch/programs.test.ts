// The scratch share by the programs that people use: litmus, which is the protocol's own test, and
// curl, cadaver and rclone. Each is skipped where it is not installed.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDir } from '#test/support/temp-dir.ts'
import { runProgram, skipWithout } from './support/programs.ts'
import { PASSWORD, startShare } from './support/share.ts'

for (const suite of ['basic', 'copymove', 'props', 'locks', 'http'])
  test(`litmus finds nothing wrong with ${suite}`, { skip: skipWithout('litmus') }, async () => {
    await using share = await startShare()
    await using dir = await tempDir()
    const env = { TESTS: suite }
    const said = await runProgram('litmus', ['-k', share.url, 'anybody', PASSWORD], {
      cwd: dir.path,
      env,
    })
    const summary = new RegExp(
      `summary for \`${suite}': of (\\d+) tests run: (\\d+) passed, 0 failed`,
    )
    const [, of, passed] = summary.exec(said) ?? []
    assert.ok(Number(of) > 0, said)
    assert.equal(passed, of, said)
    const warnings = said.split('\n').filter((line) => line.includes('WARNING'))
    // curl and litmus both know better than to send one: a URL has no fragment on the wire
    assert.deepEqual(
      warnings.filter((line) => !line.includes('fragment')),
      [],
    )
  })

test('curl stores, lists and fetches', { skip: skipWithout('curl') }, async () => {
  await using share = await startShare()
  await using dir = await tempDir()
  const curl = (...args: string[]) =>
    runProgram('curl', ['-sS', '--noproxy', '*', '--fail', '-u', `any:${PASSWORD}`, ...args], {
      cwd: dir.path,
    })
  await writeFile(join(dir.path, 'photo.jpg'), 'a photo')
  await curl('-X', 'MKCOL', `${share.url}photos/`)
  await curl('-T', 'photo.jpg', `${share.url}photos/`)
  const listing = await curl('-X', 'PROPFIND', '-H', 'Depth: 1', `${share.url}photos/`)
  assert.match(listing, /<D:href>\/scratch\/photos\/photo\.jpg<\/D:href>/)
  assert.equal(await curl('-r', '2-', `${share.url}photos/photo.jpg`), 'photo')
})

test('cadaver stores, copies, moves, locks and fetches', {
  skip: skipWithout('cadaver'),
}, async () => {
  await using share = await startShare()
  await using dir = await tempDir()
  const cwd = dir.path
  const { hostname } = new URL(share.url)
  await writeFile(join(cwd, '.netrc'), `machine ${hostname} login any password ${PASSWORD}\n`)
  await writeFile(join(cwd, 'here.txt'), 'some words')
  const input = [
    'mkcol docs',
    'put here.txt docs/one.txt',
    'copy docs/one.txt docs/two.txt',
    'move docs/two.txt three.txt',
    'lock three.txt',
    'unlock three.txt',
    'propset three.txt colour blue',
    'propget three.txt colour',
    'get three.txt there.txt',
    'ls docs',
    'quit',
  ].join('\n')
  const said = await runProgram('cadaver', [share.url], { cwd, input: `${input}\n` })
  assert.doesNotMatch(said, /failed/i)
  assert.match(said, /blue/)
  assert.match(said, /one\.txt/)
  assert.equal(await readFile(join(cwd, 'there.txt'), 'utf8'), 'some words')
})

test('rclone synchronises a tree there and back', { skip: skipWithout('rclone') }, async () => {
  await using share = await startShare()
  await using dir = await tempDir()
  const cwd = dir.path
  const obscured = await runProgram('rclone', ['obscure', PASSWORD], { cwd })
  const env = {
    RCLONE_CONFIG_NODE_TYPE: 'webdav',
    RCLONE_CONFIG_NODE_URL: share.url,
    RCLONE_CONFIG_NODE_VENDOR: 'other',
    RCLONE_CONFIG_NODE_USER: 'any',
    RCLONE_CONFIG_NODE_PASS: obscured.trim(),
    RCLONE_CONFIG: '/dev/null',
  }
  await mkdir(join(cwd, 'tree/deep/deeper'), { recursive: true })
  await writeFile(join(cwd, 'tree/deep/deeper/ünï çödé #%?.txt'), 'far down')
  await writeFile(join(cwd, 'tree/large'), Buffer.alloc(3_000_000, 7))
  const rclone = (...args: string[]) => runProgram('rclone', args, { cwd, env })
  await rclone('sync', 'tree', 'node:backup')
  await rclone('moveto', 'node:backup/large', 'node:backup/renamed')
  await rclone('moveto', 'tree/large', 'tree/renamed')
  await rclone('check', '--download', 'tree', 'node:backup')
  await rclone('copy', 'node:backup', 'again')
  await rclone('check', 'tree', 'again')
  await rclone('purge', 'node:backup')
  assert.equal(await rclone('lsf', 'node:'), '')
})
