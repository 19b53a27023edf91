// The scratch share: who may use it, what cannot be reached through it, what survives a restart,
// and who wins where two want the same.
import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf, startHost } from '../support/host.ts'
import { PASSWORD, startShare, type TestShare } from './support/share.ts'

const LOCK_INFO = (scope: string) =>
  `<lockinfo xmlns="DAV:"><lockscope><${scope}/></lockscope>` +
  '<locktype><write/></locktype></lockinfo>'

const setting = (property: string) =>
  `<propertyupdate xmlns="DAV:"><set><prop>${property}</prop></set></propertyupdate>`

const lock = (share: TestShare, path: string, scope = 'exclusive', headers = {}) =>
  share.ask('LOCK', path, { body: LOCK_INFO(scope), headers })

const ifToken = (response: Response) => ({ if: `(${response.headers.get('lock-token')})` })

const setColour = (share: TestShare, path: string, colour: string) =>
  share.ask('PROPPATCH', path, {
    body: setting(`<c xmlns="urn:x">${colour}</c>`),
  })

const colourOf = async (share: TestShare, path: string) => {
  const answer = await share.ask('PROPFIND', path, { headers: { depth: '0' } })
  return /<c xmlns="urn:x">(\w*)<\/c>/.exec(await answer.text())?.[1]
}

/** `fetch` would fold the dots of a path before it sends it. */
async function askRaw(share: TestShare, method: string, path: string): Promise<number> {
  const { hostname, port } = new URL(share.url)
  const authorization = `Bearer ${PASSWORD}`
  const asking = request({ hostname, port, method, path, headers: { authorization } }).end()
  const { promise, resolve } = Promise.withResolvers<number>()
  asking.once('response', (response) => {
    response.resume()
    resolve(response.statusCode ?? 0)
  })
  return promise
}

test('there is no share unless one was asked for, and none without its password', async () => {
  await using host = await startHost()
  const none = await fetch(`${host.agent.url}/scratch/`, { method: 'PROPFIND' })
  assert.equal(none.status, 404)

  await using share = await startShare()
  const stranger = await fetch(share.url, { method: 'PROPFIND' })
  assert.equal(stranger.status, 401)
  assert.match(stranger.headers.get('www-authenticate') ?? '', /^Basic /)
  const wrong = await share.ask('PUT', 'a', { body: 'x', headers: { authorization: 'Bearer no' } })
  assert.equal(wrong.status, 401)
})

test('what is stored is answered as it came, and no script of it runs in our name', async () => {
  await using share = await startShare()
  const headers = { 'content-type': 'text/html' }
  const made = await share.ask('PUT', 'page', { body: '<script>', headers })
  assert.equal(made.status, 201)
  const etag = made.headers.get('etag') ?? ''
  const found = await share.ask('GET', 'page')
  assert.equal(found.headers.get('content-type'), 'text/html')
  assert.equal(found.headers.get('etag'), etag)
  assert.match(found.headers.get('content-security-policy') ?? '', /^sandbox/)
  assert.equal(await found.text(), '<script>')
  const known = await share.ask('GET', 'page', { headers: { 'if-none-match': etag } })
  assert.equal(known.status, 304)
  const other = await share.ask('PUT', 'page', { body: 'y', headers: { 'if-match': '"other"' } })
  assert.equal(await codeOf(other), 'condition_failed')
  const there = await share.ask('PUT', 'page', { body: 'y', headers: { 'if-none-match': '*' } })
  assert.equal(there.status, 412)
  const same = await share.ask('COPY', 'page', { headers: { destination: `${share.url}copy` } })
  assert.equal(same.status, 201)
  assert.equal((await share.ask('HEAD', 'copy')).headers.get('etag'), etag, 'the same bytes')
})

test('no path leads out of the share, or to what we keep beside its files', async () => {
  await using share = await startShare()
  const root = '/scratch'
  for (const path of [
    `${root}/../dev1/mogile-device.json`,
    `${root}/%2e%2e/locks.json`,
    `${root}/..%2flocks.json`,
    `${root}/a%00b`,
    `${root}/%ff`,
    `${root}/.mog-facts/.json`,
    `${root}/${'x'.repeat(241)}`,
    `${root}${'/x'.repeat(65)}`,
  ])
    assert.ok([400, 404].includes(await askRaw(share, 'GET', path)), path)
  await share.ask('PUT', 'a', { body: 'x' })
  for (const destination of [
    `${share.url}../dev1/stolen`,
    `${share.url}..%2fstolen`,
    '/dev1/stolen',
    'http://elsewhere.example/scratch/a',
    'a',
  ]) {
    const refused = await share.ask('MOVE', 'a', { headers: { destination } })
    assert.ok([400, 502].includes(refused.status), `${destination}: ${refused.status}`)
  }
})

test('links that lie on the disk are not followed, listed or written through', async () => {
  await using share = await startShare()
  const secret = join(share.root, 'secret')
  await mkdir(secret)
  await writeFile(join(secret, 'key'), 'secret')
  await symlink(secret, join(share.root, 'files/dir'))
  await symlink(join(secret, 'key'), join(share.root, 'files/file'))
  for (const [method, path] of [
    ['GET', 'file'],
    ['GET', 'dir/key'],
    ['PROPFIND', 'dir'],
    ['DELETE', 'dir/key'],
    ['DELETE', 'dir'],
  ] as const)
    assert.equal((await share.ask(method, path)).status, 404, `${method} ${path}`)
  assert.equal((await share.ask('PUT', 'dir/new', { body: 'x' })).status, 409)
  const list = await share.ask('PROPFIND', '', { headers: { depth: '1' } })
  assert.doesNotMatch(await list.text(), /file|dir/)
  await share.ask('MKCOL', 'real')
  await symlink(secret, join(share.root, 'files/real/link'))
  await share.ask('COPY', 'real', { headers: { destination: `${share.url}copy` } })
  assert.deepEqual(await readdir(join(share.root, 'files/copy')), [])
  assert.equal((await share.ask('PUT', 'file', { body: 'mine' })).status, 201)
  assert.deepEqual(await readdir(secret), ['key'])
})

test('bodies that grow, nest or never end, and Depth: infinity, are refused', async () => {
  await using share = await startShare()
  const bomb =
    '<!DOCTYPE a [<!ENTITY b "bbbb">]>' +
    '<propfind xmlns="DAV:"><prop><a>&b;</a></prop></propfind>'
  const deep = '<a>'.repeat(40) + '</a>'.repeat(40)
  const long = `<propfind xmlns="DAV:"><allprop/>${' '.repeat(70_000)}</propfind>`
  for (const [body, status] of [
    [bomb, 400],
    [deep, 400],
    ['<propfind xmlns="DAV:"><prop><a:b/></prop></propfind>', 400],
    ['<a/><b/>', 400],
    [long, 413],
  ] as const)
    assert.equal((await share.ask('PROPFIND', '', { body })).status, status, body.slice(0, 40))
  const all = await share.ask('PROPFIND', '', { headers: { depth: 'infinity' } })
  assert.equal(await codeOf(all), 'infinite_depth')
  await share.ask('PUT', 'a', { body: 'x' })
  assert.equal((await setColour(share, 'a', 'b'.repeat(60_000))).status, 207)
  const more = setting(`<d xmlns="urn:x">${'b'.repeat(6_000)}</d>`)
  assert.equal((await share.ask('PROPPATCH', 'a', { body: more })).status, 413)
})

test('locks and properties survive a restart, what was half done does not', async () => {
  await using share = await startShare()
  await share.ask('MKCOL', 'docs')
  await share.ask('PUT', 'docs/a', { body: 'x' })
  await setColour(share, 'docs/a', 'blue')
  const locked = await lock(share, 'docs/a')
  await writeFile(join(share.root, 'aside/half'), 'half of a body')

  await share.host.stop()
  await share.host.start()
  assert.equal(await colourOf(share, 'docs/a'), 'blue')
  const stranger = await share.ask('PUT', 'docs/a', { body: 'y' })
  assert.equal(await codeOf(stranger), 'resource_locked')
  const holder = await share.ask('PUT', 'docs/a', { body: 'y', headers: ifToken(locked) })
  assert.equal(holder.status, 204)
  assert.deepEqual(await readdir(join(share.root, 'aside')), [])
})

test('properties go where their file goes, and no new file finds those of an old one', async () => {
  await using share = await startShare()
  await share.ask('PUT', 'a', { body: 'x' })
  await setColour(share, 'a', 'blue')
  await share.ask('MOVE', 'a', { headers: { destination: '/scratch/b' } })
  assert.equal(await colourOf(share, 'b'), 'blue')
  await share.ask('PUT', 'a', { body: 'x' })
  assert.equal(await colourOf(share, 'a'), undefined)
  await share.ask('DELETE', 'b')
  await share.ask('MKCOL', 'b')
  assert.equal(await colourOf(share, 'b'), undefined)
})

test('a lock that ran out stands in nobody’s way', async () => {
  await using share = await startShare()
  const locked = await lock(share, 'a', 'exclusive', { timeout: 'Second-1' })
  assert.equal(locked.status, 201)
  const storing = () => share.ask('PUT', 'a', { body: 'x' })
  let stored = await storing()
  assert.equal(stored.status, 423)
  while (stored.status === 423) stored = await storing()
  assert.equal(stored.status, 204)
})

test('of many who want an exclusive lock at once, one gets it', async () => {
  await using share = await startShare()
  const answers = await Promise.all(Array.from({ length: 12 }, () => lock(share, 'a')))
  const granted = answers.filter(({ status }) => status < 300)
  assert.equal(granted.length, 1)
  assert.ok(answers.every(({ status }) => status < 300 || status === 423))
})

test('a lock that is taken while a body comes keeps that body out', async () => {
  await using share = await startShare()
  const { readable, writable } = new TransformStream<Uint8Array>()
  const writer = writable.getWriter()
  const authorization = `Bearer ${PASSWORD}`
  const putting = fetch(`${share.url}a`, {
    method: 'PUT',
    body: readable,
    duplex: 'half',
    headers: { authorization },
  })
  await writer.write(Buffer.alloc(200_000))
  while ((await readdir(join(share.root, 'aside'))).length === 0) await new Promise(setImmediate)
  assert.equal((await lock(share, 'a')).status, 201)
  await writer.close()
  assert.equal((await putting).status, 423)
  assert.equal((await (await share.ask('GET', 'a')).text()).length, 0)
  assert.deepEqual(await readdir(join(share.root, 'aside')), [])
})

test('a collection with a lock in it goes only with that lock’s token', async () => {
  await using share = await startShare()
  await share.ask('MKCOL', 'docs')
  const locked = await lock(share, 'docs/a')
  assert.equal((await share.ask('DELETE', 'docs')).status, 423)
  const token = locked.headers.get('lock-token') ?? ''
  const tagged = { if: `<${share.url}docs/a> (${token})` }
  assert.equal((await share.ask('DELETE', 'docs', { headers: tagged })).status, 204)
  assert.equal((await share.ask('PUT', 'docs/a', { body: 'x' })).status, 409)
})

test('two agents do not serve one share', async () => {
  await using share = await startShare()
  const scratch = { root: share.root, password: PASSWORD }
  await assert.rejects(startHost({ scratch }), /another agent serves/)
})
