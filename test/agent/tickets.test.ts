// Who may pass at a storage agent: a ticket is for one file, one device, one verb, and a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChecksumKind, DeviceId, Fid } from '#shared/ids.ts'
import { encodeBase64Url } from '#shared/mac.ts'
import { signedUrl } from '#shared/tickets.ts'
import { codeOf, startHost } from './support/host.ts'
import { newKey } from './support/scripted-tracker.ts'

const nowS = () => Math.floor(Date.now() / 1000)

test('a URL without a good ticket opens nothing', async () => {
  await using host = await startHost({ devices: 2 })
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  const good = host.get(1)
  const strangersKey = { version: 1, key: crypto.getRandomValues(new Uint8Array(32)) }
  const ticket = { verb: 'GET', deviceId: DeviceId.parse(1), fid: Fid.parse(1) } as const
  const cases: [why: string, url: string, code: string][] = [
    ['no ticket at all', good.replace(/\?.*/, ''), 'ticket_missing'],
    ['an altered signature', `${good.slice(0, -1)}_`, 'ticket_invalid'],
    ['a later end', good.replace(/until=\d+/, `until=${nowS() + 9_999}`), 'ticket_invalid'],
    ['an end that has come', host.get(1, { untilS: nowS() - 1 }), 'ticket_expired'],
    [
      'the ticket of another file',
      good.replace('0000000001.fid', '0000000002.fid'),
      'ticket_invalid',
    ],
    ['the ticket of another device', good.replace('/dev1/', '/dev2/'), 'ticket_invalid'],
    ['a ticket to store', host.put(1), 'ticket_invalid'],
    [
      'a key that is not ours',
      signedUrl(host.agent.url, { ...ticket, untilS: nowS() + 60 }, strangersKey),
      'ticket_invalid',
    ],
    ['a type that was added', `${good}&type=text/html`, 'ticket_invalid'],
  ]
  for (const [why, url, code] of cases) {
    const refused = await fetch(url)
    assert.equal(refused.status, 403, why)
    assert.equal(await codeOf(refused), code, why)
  }
  assert.equal((await fetch(good)).status, 200)
})

test('no type of a file breaks out of its header, signed or not', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  for (const contentType of ['text/a\r\nx-evil: 1', 'text/\u010d\u010ax-evil: 1', 'text/\0']) {
    const refused = await fetch(host.get(1, { contentType }))
    assert.equal(await codeOf(refused), 'ticket_invalid', JSON.stringify(contentType))
    assert.equal(refused.headers.get('x-evil'), null)
  }
})

test('checksums of a kind that a newer tracker may know are refused in words', async () => {
  await using host = await startHost()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- we do not know it, they do
  const checksumKind = 'SHA-512' as ChecksumKind
  const refused = await fetch(host.put(1, { checksumKind }), { method: 'PUT', body: 'hello' })
  assert.equal(await codeOf(refused), 'ticket_invalid')
})

test('a ticket to read stores nothing, and one to store erases nothing', async () => {
  await using host = await startHost()
  const stored = await fetch(host.get(1), { method: 'PUT', body: 'hello' })
  assert.equal(await codeOf(stored), 'ticket_invalid')
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  const erased = await fetch(host.put(1), { method: 'DELETE' })
  assert.equal(erased.status, 405)
  assert.equal(erased.headers.get('allow'), 'GET, HEAD, PUT')
  assert.equal(await codeOf(erased), 'method_not_allowed')
})

test('paths are parsed to numbers; any other text is nothing', async () => {
  await using host = await startHost()
  const { url } = host.agent
  for (const path of [
    '/',
    '/agent.json',
    '/dev1/mogile-device.json',
    '/dev1/0/000/000/../../../agent.json',
    '/dev1/%2e%2e/agent.json',
    '/dev01/0/000/000/0000000001.fid',
    '/dev1/0/000/001/0000000001.fid',
    '/dev1/0/000/000/0000000001.FID',
    '/dev1/0/000/000/0000000000.fid',
    '/dev1/9/999/999/99999999999999999.fid',
  ]) {
    const response = await fetch(`${url}${path}?sig=x`)
    assert.equal(response.status, 404, path)
    assert.equal(await codeOf(response), 'unknown_route')
  }
})

test('a ticket that was good once is refused when its time has come', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  const url = host.get(1, { untilS: nowS() + 60 })
  assert.equal((await fetch(url)).status, 200)
  host.tracker.aheadMs = 61_000
  await host.events.next('agent.synced', host.events.all.length)
  assert.equal(await codeOf(await fetch(url)), 'ticket_expired')
})

test('tickets are dated by the time of the trackers, not by the clock of this host', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  host.tracker.aheadMs = -600_000
  await host.events.next('agent.synced', host.events.all.length)
  assert.equal((await fetch(host.get(1, { untilS: nowS() - 300 }))).status, 200)
})

test('the key of a host rotates: two are good for a while, then the old one is not', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  const underFirst = host.get(1)
  assert.equal((await fetch(underFirst)).status, 200)

  const { tracker } = host
  tracker.keys = [newKey(2), ...tracker.keys]
  await tracker.heard(() => tracker.syncs.find(({ keyVersion }) => keyVersion === 2))
  assert.equal((await fetch(underFirst)).status, 200)
  assert.equal((await fetch(host.get(1))).status, 200, 'under the second key')

  tracker.keys = [newKey(3)]
  await tracker.heard(() => tracker.syncs.find(({ keyVersion }) => keyVersion === 3))
  assert.equal(await codeOf(await fetch(underFirst)), 'ticket_invalid')
  await host.stop()
  await host.start()
  assert.equal((await fetch(host.get(1))).status, 200, 'the keys were kept')
})

test('no secret is in what is logged or answered', async () => {
  await using host = await startHost()
  const bad = host.put(1).replace('verb=PUT', 'verb=GET')
  const answer = await (await fetch(bad, { method: 'PUT', body: 'x' })).text()
  await fetch(host.put(1), { method: 'PUT', body: 'x' })
  const said = `${answer}${JSON.stringify(host.events.all)}`
  const [key] = host.tracker.keys
  for (const secret of [host.tracker.credential, key?.key ?? '', encodeBase64Url(host.key().key)])
    assert.ok(!said.includes(secret))
  assert.ok(!said.includes('sig='))
})
