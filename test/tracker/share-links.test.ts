// Links that a key's holder makes offline: what they allow, to whom, and until when.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DomainName, Key } from '#shared/ids.ts'
import { newSecret } from '#shared/mac.ts'
import { type Share, shareUrl } from '#shared/share-links.ts'
import { AddedApiKey, type Scope } from '#shared/wire/admin.ts'
import { CALLER_TTL_MS } from '#tracker/auth/caller.ts'
import type { Method } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const HOUR_S = 3_600

const addKey = (world: World, scopes: readonly Scope[], domain?: string) =>
  world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json: { label: 'some', domain, scopes } })

/** A link as its path and query, for an hour unless told otherwise. */
async function linkOf(world: World, apiKey: string, ask: Partial<Share> = {}): Promise<string> {
  const share = {
    verb: 'GET' as const,
    domain: DomainName.parse('demo'),
    key: Key.parse('a'),
    untilS: Math.floor(world.clock.nowMs() / 1_000) + HOUR_S,
    ...ask,
  }
  return shareUrl('', share, apiKey)
}

const outcome = async (world: World, method: Method, path: string, headers = {}) => {
  const { code, status } = await world.call(method, path, { key: '', headers })
  return code ?? status
}

test('a link reads its file, by whatever name it has, and nothing else', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, ['read'], 'demo')
  for (const name of ['a', 'some/where else/ä&b=c?.jpg', '../up/./and//down', '100%', '+ +']) {
    await world.put(name)
    const link = `${await linkOf(world, key, { key: Key.parse(name) })}&noverify`
    assert.equal(await outcome(world, 'GET', link), 302, name)
    assert.equal(await outcome(world, 'HEAD', link), 200, name)
    for (const method of ['PUT', 'DELETE', 'PATCH'] as const)
      assert.ok(Number.isNaN(Number(await outcome(world, method, link))), `${method} ${name}`)
  }
  const gone = await linkOf(world, key, { key: Key.parse('gone') })
  assert.equal(await outcome(world, 'GET', gone), 'unknown_key')
})

test('a link that was altered, or that nobody made, allows nothing', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, ['read', 'write'])
  await world.put('a')
  await world.put('b')
  await world.call('POST', '/v1/admin/domains', { json: { name: 'other' } })
  const link = await linkOf(world, key)
  const put = await linkOf(world, key, { verb: 'PUT', maxBytes: 10, class: 'thumb' })
  const until = new URL(`http://x${link}`).searchParams.get('until') ?? ''
  for (const [method, altered] of [
    ['GET', link.replace('files/a', 'files/b')],
    ['GET', link.replace('demo', 'other')],
    ['GET', link.replace(until, String(Number(until) + 1))],
    ['GET', link.replace(/sig=.{4}/, 'sig=AAAA')],
    ['GET', link.replace(/sig=.*/, 'sig=short')],
    ['GET', link.replace(/by=.{4}/, 'by=AAAA')],
    ['GET', link.replace(/by=[^&]*&/, '')],
    ['GET', `${link}&max=5`],
    ['GET', await linkOf(world, newSecret('mog'))],
    ['GET', put],
    ['PUT', link],
    ['PUT', put.replace('max=10', 'max=11')],
    ['PUT', put.replace('max=10&', '')],
    ['PUT', put.replace('class=thumb', 'class=default')],
    ['PUT', put.replace('class=thumb&', '')],
  ] as const)
    assert.equal(await outcome(world, method, altered), 'share_invalid', `${method} ${altered}`)
  assert.equal(await outcome(world, 'PUT', put), 307)
})

test('a link ends with its time, and no URL that it gave outlives it', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, ['read'])
  await world.put('a')
  const untilS = Math.floor(world.clock.nowMs() / 1_000) + 90
  const link = await linkOf(world, key, { untilS })
  const { headers } = await world.call('GET', `${link}&noverify`, { key: '' })
  const location = headers.get('location') ?? ''
  const ticket = world.host(0).ticketOf(location, 'GET', world.clock.nowMs())
  assert.equal(ticket.untilS, untilS)

  world.clock.advance(90_000)
  assert.equal(await outcome(world, 'GET', link), 'share_expired')
})

test('a link is worth what the key is: scope, domain, and nothing once it is gone', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a')
  await world.call('POST', '/v1/admin/domains', { json: { name: 'other' } })
  const writer = await addKey(world, ['write'])
  const elsewhere = await addKey(world, ['read'], 'other')
  const reader = await addKey(world, ['read'])
  assert.equal(await outcome(world, 'GET', await linkOf(world, writer.key)), 'forbidden')
  assert.equal(await outcome(world, 'GET', await linkOf(world, elsewhere.key)), 'forbidden')
  const put = await linkOf(world, reader.key, { verb: 'PUT' })
  assert.equal(await outcome(world, 'PUT', put), 'forbidden')

  const link = `${await linkOf(world, reader.key)}&noverify`
  assert.equal(await outcome(world, 'GET', link), 302)
  await world.call('DELETE', `/v1/admin/keys/${reader.apiKeyId}`)
  world.clock.advance(CALLER_TTL_MS)
  assert.equal(await outcome(world, 'GET', link), 'share_invalid')
})

test('a link to write is bound to a size and a class', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, ['write'])
  const link = await linkOf(world, key, { verb: 'PUT', maxBytes: 10, class: 'thumb' })
  const put = async (body: string) => {
    const answer = await world.call('PUT', link, { key: '', body })
    return answer.code ?? answer.headers.get('location') ?? ''
  }
  const ticketIn = (url: string) => world.host(0).ticketOf(url, 'PUT', world.clock.nowMs())
  assert.equal(await put('x'.repeat(11)), 'body_too_large')
  const { fid, maxBytes, commit } = ticketIn(await put('x'.repeat(10)))
  assert.deepEqual([maxBytes, commit], [10, true])
  const [upload] = await world.sql(
    `
    select class.name from upload join class using (class_id) where fid = $1`,
    fid,
  )
  assert.deepEqual(upload, { name: 'thumb' })

  const streamed = new Blob(['x'.repeat(20)]).stream()
  const answer = await world.call('PUT', link, { key: '', body: streamed })
  const ticket = ticketIn(answer.headers.get('location') ?? '')
  assert.equal(ticket.maxBytes, 10, 'who does not say how long it is, is held to it by the node')
})

test('what the database keeps of a key checks its links and cannot make them', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await addKey(world, ['read'])
  await world.put('a')
  const [row] = await world.sql<{ public_key: string; key_hash: string }>(
    `select public_key, key_hash from api_key order by api_key_id desc limit 1`,
  )
  for (const stolen of [row?.public_key, row?.key_hash]) {
    const forged = (await linkOf(world, stolen ?? '')).replace(/by=[^&]*/, `by=${row?.public_key}`)
    assert.equal(await outcome(world, 'GET', forged), 'share_invalid')
  }
})
