// PUT of a key at the tracker: sent on to a node, which closes the upload itself before it answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOfChecksum } from '#shared/digests.ts'
import { parseFidPath } from '#shared/fid-path.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { Closed } from '#shared/wire/uploads.ts'
import { parseAnswer } from '../support/tracker-call.ts'
import { measured, type StoredFile, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

interface Put {
  url: string
  stored: StoredFile
}

/** Asks for a one-step put and stores the text where the redirect points. */
async function put(world: World, end: string, text: string, headers = {}): Promise<Put> {
  const path = `/v1/domains/demo/${end}`
  const answer = await world.call('PUT', path, { body: text, headers })
  assert.equal(answer.status, 307, JSON.stringify(answer.body))
  const url = answer.headers.get('location') ?? ''
  const place = parseFidPath(new URL(url).pathname)
  assert.ok(place !== undefined)
  world.hostOf(place.deviceId).disk(place.deviceId).add(place.fid)
  return { url, stored: { ...place, ...measured(text) } }
}

function commit(world: World, { fid, deviceId, ...rest }: StoredFile) {
  const host = world.hostOf(deviceId)
  return host.ask('commit', { fid, deviceId, receipt: host.receipt({ fid, deviceId, ...rest }) })
}

test('the client is sent to a node with a ticket that says who closes', async () => {
  await using world = await trackerWorld()
  const { url, stored } = await put(world, 'files/a/b', 'hello')
  const ticket = world.hostOf(stored.deviceId).ticketOf(url, 'PUT', world.clock.nowMs())
  assert.equal(ticket.commit, true)
  assert.equal(ticket.maxBytes, 5)
})

test('the file is there when the node has closed it, with all that the headers said', async () => {
  await using world = await trackerWorld()
  const headers = {
    'content-type': 'text/css',
    'mog-meta-owner': encodeURIComponent('zoë 100%'),
    'repr-digest': digestOfChecksum(measured('hello').checksum),
  }
  const { stored } = await put(world, 'file?key=a%2F..%2Fb&class=thumb', 'hello', headers)
  const closed = parseAnswer(Closed, await commit(world, stored))
  assert.deepEqual(closed, { fid: stored.fid, replacedFid: null })
  const info = await world.ask(FileDetail, 'GET', '/v1/domains/demo/info?key=a%2F..%2Fb')
  assert.deepEqual(
    [info.class, info.contentType, info.metadata, info.checksum],
    ['thumb', 'text/css', { owner: 'zoë 100%' }, stored.checksum],
  )
})

test('bytes that are not what the headers promised are not committed', async () => {
  await using world = await trackerWorld()
  const headers = { 'repr-digest': digestOfChecksum(measured('other').checksum) }
  const { stored } = await put(world, 'files/a', 'hello', headers)
  assert.equal((await commit(world, stored)).code, 'checksum_mismatch')
  assert.equal((await commit(world, { ...stored, ...measured('short') })).code, 'checksum_mismatch')
  assert.equal((await commit(world, { ...stored, ...measured('longer') })).code, 'size_mismatch')
  assert.equal((await commit(world, { ...stored, ...measured('other') })).status, 200)
})

test('a commit whose answer was lost is answered the same again', async () => {
  await using world = await trackerWorld()
  await world.put('a', 'before')
  const { stored } = await put(world, 'files/a', 'after')
  const first = await commit(world, stored)
  assert.equal(first.status, 200)
  assert.deepEqual((await commit(world, stored)).body, first.body)
})

test('a host commits for its own devices only, with its own receipt', async () => {
  await using world = await trackerWorld()
  const { stored } = await put(world, 'files/a', 'hello')
  const { fid, deviceId } = stored
  const owner = world.hostOf(deviceId)
  const stranger = world.hosts.find((host) => host !== owner)
  assert.ok(stranger !== undefined)
  const receipt = owner.receipt(stored)
  assert.equal((await stranger.ask('commit', { fid, deviceId, receipt })).code, 'unauthorized')
  const forged = { fid, deviceId, receipt: stranger.receipt(stored) }
  assert.equal((await owner.ask('commit', forged)).code, 'invalid_receipt')
  assert.equal((await commit(world, stored)).status, 200)
})

test('a put of a part of a file is refused', async () => {
  await using world = await trackerWorld()
  const headers = { 'content-range': 'bytes 0-4/10' }
  const path = '/v1/domains/demo/files/a'
  const { code } = await world.call('PUT', path, { body: 'hello', headers })
  assert.equal(code, 'invalid_request')
  assert.deepEqual(await world.sql('select from upload'), [])
})

test('a put is refused as an open is: no class, no domain, no room', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const codeOf = async (path: string) => (await world.call('PUT', path, { body: 'x' })).code
  assert.equal(await codeOf('/v1/domains/demo/files/a?class=none'), 'unreg_class')
  assert.equal(await codeOf('/v1/domains/nowhere/files/a'), 'unreg_domain')
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  await world.mark('devices', deviceId, 'drain')
  assert.equal(await codeOf('/v1/domains/demo/files/a'), 'no_devices')
})

test('a body of unknown length is sent on too', async () => {
  await using world = await trackerWorld()
  const body = new Blob(['hello']).stream()
  const { status } = await world.call('PUT', '/v1/domains/demo/files/a', { body })
  assert.equal(status, 307)
  assert.deepEqual(await world.sql('select bytes from upload'), [{ bytes: null }])
})
