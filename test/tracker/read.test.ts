// Reading: where the copies are, best first, and the first one asked (MogileFS Q03).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFidPath } from '#shared/fid-path.ts'
import { Paths } from '#shared/wire/files.ts'
import { type HttpServer, httpServer } from '../client/http-server.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const originOf = (url: string | null) => new URL(url ?? '').origin
const deviceOf = (url: string) => parseFidPath(new URL(url).pathname)?.deviceId

const paths = (world: World, end: string) =>
  world.ask(Paths, 'GET', `/v1/domains/demo/paths/${end}`)

/** A node that answers every HEAD with this size, or with a status, and notes what it was asked. */
async function node(says: { bytes?: number; status?: number }) {
  const asked: string[] = []
  const server: HttpServer = await httpServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.writeHead(says.status ?? 200, { 'content-length': says.bytes ?? 0 }).end()
  })
  return Object.assign(server, { asked, says })
}

test('a reader is sent to a copy with a ticket, and nothing keeps the redirect', async () => {
  await using holder = await node({ bytes: 5 })
  await using world = await trackerWorld({ hosts: 1, urls: [holder.url] })
  const contentType = 'text/plain'
  const { fid, deviceId, checksum } = await world.put('a', 'hello', { contentType })
  const { status, headers } = await world.call('GET', '/v1/domains/demo/files/a')
  assert.equal(status, 302)
  assert.match(headers.get('cache-control') ?? '', /no-store/)

  const url = headers.get('location') ?? ''
  const { untilS, ...ticket } = world.host(0).ticketOf(url, 'GET', world.clock.nowMs())
  assert.deepEqual(ticket, { verb: 'GET', fid, deviceId, contentType, checksum })
  const validMs = untilS * 1000 - world.clock.nowMs()
  assert.ok(validMs >= 3_600_000 && validMs <= 3_660_000, 'an hour, up to the next whole minute')
  assert.deepEqual(holder.asked, [`HEAD ${url.slice(holder.url.length)}`], 'asked by that very URL')
})

test('a node that lost the file, or has another size, is passed over', async () => {
  await using good = await node({ bytes: 5 })
  await using bad = await node({ status: 404 })
  await using world = await trackerWorld({ hosts: 2, urls: [good.url, bad.url] })
  await world.put('a', 'hello')
  await world.settle()
  for (const says of [{ status: 404 }, { status: 500 }, { bytes: 4 }, { bytes: 5, status: 302 }]) {
    Object.assign(bad.says, { bytes: 5, status: 200 }, says)
    for (let n = 0; n < 6; n++) {
      const { headers } = await world.call('GET', '/v1/domains/demo/files/a')
      assert.equal(originOf(headers.get('location')), good.url, JSON.stringify(says))
    }
    assert.deepEqual((await paths(world, 'a')).paths.map(originOf), [good.url, bad.url])
  }
})

test('with noverify no node is asked', async () => {
  await using holder = await node({ status: 404 })
  await using world = await trackerWorld({ hosts: 1, urls: [holder.url] })
  await world.put('a')
  for (const query of ['noverify', 'noverify=1', 'noverify=true']) {
    assert.equal((await world.call('GET', `/v1/domains/demo/files/a?${query}`)).status, 302)
    assert.equal((await paths(world, `a?${query}`)).paths.length, 1)
  }
  assert.deepEqual(holder.asked, [])
  for (const query of ['noverify=0', 'noverify=false', ''])
    assert.deepEqual((await paths(world, `a?${query}`)).paths, [])
  assert.equal(holder.asked.length, 3)
})

test('as many paths are told as are asked for, two unless told', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.put('a')
  await world.sql('insert into replica select 1, device_id from device on conflict do nothing')
  for (const [query, count] of [
    ['noverify', 2],
    ['noverify&count=1', 1],
    ['noverify&count=3', 3],
    ['noverify&count=100', 3],
  ] as const)
    assert.equal((await paths(world, `a?${query}`)).paths.length, count, query)
  for (const count of ['0', '101', 'x']) {
    const { code } = await world.call('GET', `/v1/domains/demo/paths/a?count=${count}`)
    assert.equal(code, 'invalid_request', count)
  }
})

test('draining disks come last; down and dead ones, and their hosts, never', async () => {
  await using world = await trackerWorld({ hosts: 5 })
  await world.put('a')
  await world.sql('insert into replica select 1, device_id from device on conflict do nothing')
  const [first, second, third, fourth] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  assert.ok(third !== undefined && fourth !== undefined)
  await world.mark('devices', first, 'drain')
  await world.mark('devices', second, 'down')
  await world.mark('devices', third, 'dead')
  await world.mark('hosts', world.hostOf(fourth).name, 'down')
  for (let n = 0; n < 10; n++) {
    const { paths: urls } = await paths(world, 'a?noverify&count=5')
    assert.deepEqual(urls.map(deviceOf), [world.host(4).deviceIds[0], first])
  }
})

test('a file whose every copy is out of service is refused for now, at once', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { deviceId } = await world.put('a')
  for (const state of ['down', 'dead']) {
    await world.mark('devices', deviceId, state)
    const { code, status } = await world.call('GET', '/v1/domains/demo/files/a')
    assert.deepEqual([code, status], ['no_readable_replica', 503], state)
    assert.deepEqual((await paths(world, 'a')).paths, [], state)
    assert.deepEqual((await paths(world, 'a?noverify')).paths, [], state)
  }
})

test('a file whose nodes are all gone is refused for now', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await world.put('a')
  await world.settle()
  const { code } = await world.call('GET', '/v1/domains/demo/files/a')
  assert.equal(code, 'no_readable_replica')
  assert.deepEqual((await paths(world, 'a')).paths, [])
  assert.equal((await paths(world, 'a?noverify')).paths.length, 2)
})

test('what one tracker closed, overwrote or deleted, another one knows at once', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const fidAt = async (at: number) => {
    const answer = await world.call('GET', '/v1/domains/demo/paths/a?noverify', { at })
    return answer.status === 200 ? Paths.parse(answer.body).fid : answer.code
  }
  for (const [writer, reader] of [
    [0, 1],
    [1, 0],
  ] as const) {
    assert.equal(await fidAt(reader), 'unknown_key')
    const first = await world.put('a', '1', {}, writer)
    assert.equal(await fidAt(reader), first.fid)
    const second = await world.put('a', '2', {}, writer)
    assert.equal(await fidAt(reader), second.fid)
    await world.call('DELETE', '/v1/domains/demo/files/a', { at: writer })
  }
})

test('a copy on a device that joined a moment ago is found', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  await world.put('a')
  const readAt1 = async () => {
    const answer = await world.call('GET', '/v1/domains/demo/paths/a?noverify', { at: 1 })
    return Paths.parse(answer.body).paths.map(deviceOf)
  }
  assert.deepEqual(await readAt1(), [1]) // the second tracker has looked at the cluster
  await world.call('POST', '/v1/admin/devices', { json: { host: world.host(0).name } })
  await world.sql('update replica set device_id = 2')
  assert.deepEqual(await readAt1(), [2])
})
