// A host's devices, looked at by an operator with its credential, by the programs that one has.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDir } from '#test/support/temp-dir.ts'
import { runProgram, skipWithout } from './scratch/support/programs.ts'
import { codeOf, type Host, startHost } from './support/host.ts'

const ask = (host: Host, method: string, path: string, headers: Record<string, string> = {}) => {
  const authorization = `Basic ${Buffer.from(`any:${host.tracker.credential}`).toString('base64')}`
  return fetch(host.agent.url + path, { method, headers: { authorization, ...headers } })
}

const hrefs = async (response: Response) =>
  [...(await response.text()).matchAll(/<D:href>([^<]*)<\/D:href>/g)].map(([, href]) => href)

const put = async (host: Host, fid: number, body: string) =>
  assert.equal((await fetch(host.put(fid), { method: 'PUT', body })).status, 201)

test('an operator walks from the host to the files on its devices', async () => {
  await using host = await startHost({ devices: 2 })
  await put(host, 1_234_567, 'hello')
  await put(host, 1_234_568, 'other')
  const level = async (path: string) => hrefs(await ask(host, 'PROPFIND', path, { depth: '1' }))
  assert.deepEqual(await level('/'), ['/', '/dev1/', '/dev2/'])
  assert.deepEqual(await level('/dev2/'), ['/dev2/'])
  assert.deepEqual(await level('/dev1/'), ['/dev1/', '/dev1/0/'])
  assert.deepEqual(await level('/dev1/0/001/'), ['/dev1/0/001/', '/dev1/0/001/234/'])
  const file = '/dev1/0/001/234/0001234567.fid'
  assert.deepEqual(await level('/dev1/0/001/234'), [
    '/dev1/0/001/234/',
    file,
    '/dev1/0/001/234/0001234568.fid',
  ])
  assert.deepEqual(await level(file), [file])
  const found = await ask(host, 'GET', file, { range: 'bytes=1-' })
  assert.equal(found.status, 206)
  assert.equal(await found.text(), 'ello')
})

test('without the credential nothing is told, and with it nothing is changed', async () => {
  await using host = await startHost()
  await put(host, 7, 'hello')
  const file = '/dev1/0/000/000/0000000007.fid'
  const stranger = await fetch(host.agent.url, { method: 'PROPFIND' })
  assert.equal(stranger.status, 401)
  assert.match(stranger.headers.get('www-authenticate') ?? '', /^Basic /)
  const wrong = await ask(host, 'GET', file, { authorization: 'Bearer guessed' })
  assert.equal(wrong.status, 401)
  const bare = await fetch(host.agent.url + file)
  assert.equal(await codeOf(bare), 'ticket_missing', 'a reader is told what a reader needs')
  for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'PROPPATCH', 'LOCK']) {
    const refused = await ask(host, method, file, { destination: `${host.agent.url}/dev1/0/` })
    assert.equal(refused.status, 405, method)
    assert.equal(refused.headers.get('allow'), 'OPTIONS, GET, HEAD, PROPFIND')
  }
  assert.equal(await readFile(host.fileOf(7), 'utf8'), 'hello')
})

test('only fids are shown: nothing of ours, nothing foreign, no way along a link', async () => {
  await using host = await startHost()
  await put(host, 7, 'hello')
  await writeFile(join(host.root, 'dev1/0/000/000/notes.txt'), 'foreign')
  await symlink('/etc', join(host.root, 'dev1/9x'))
  for (const path of [
    '/dev1/mogile-device.json',
    '/dev1/journal/',
    '/dev1/0/000/000/notes.txt',
    '/dev1/9x/',
    '/agent.json',
  ])
    assert.equal((await ask(host, 'PROPFIND', path, { depth: '0' })).status, 404, path)
  const all = await ask(host, 'PROPFIND', '/', {})
  assert.equal(await codeOf(all), 'infinite_depth')
  assert.equal((await ask(host, 'PROPFIND', '/dev9/', { depth: '0' })).status, 503)
  const members = await ask(host, 'PROPFIND', '/dev1/0/000/000/', { depth: '1' })
  assert.deepEqual((await hrefs(members)).length, 2)
})

test('rclone lists and fetches a device', { skip: skipWithout('rclone') }, async () => {
  await using host = await startHost()
  await put(host, 7, 'hello')
  await using dir = await tempDir()
  const cwd = dir.path
  const { credential } = host.tracker
  const obscured = spawnSync('rclone', ['obscure', credential], { encoding: 'utf8' }).stdout
  const env = {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_NODE_TYPE: 'webdav',
    RCLONE_CONFIG_NODE_URL: host.agent.url,
    RCLONE_CONFIG_NODE_VENDOR: 'other',
    RCLONE_CONFIG_NODE_USER: 'any',
    RCLONE_CONFIG_NODE_PASS: obscured.trim(),
  }
  await runProgram('rclone', ['copy', 'node:dev1', 'here'], { cwd, env })
  assert.equal(await readFile(join(cwd, 'here/0/000/000/0000000007.fid'), 'utf8'), 'hello')
})
