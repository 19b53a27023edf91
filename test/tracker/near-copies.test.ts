// Which copies a reader is given first, and by which address: its zone, its network, its wish.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Paths } from '#shared/wire/files.ts'
import { Upload } from '#shared/wire/uploads.ts'
import { createApp } from '#tracker/app.ts'
import { httpServer } from '../client/http-server.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const originOf = (url: string | null) => new URL(url ?? '').origin

async function setHost(world: World, name: string, change: object): Promise<void> {
  const { status } = await world.call('PATCH', `/v1/admin/hosts/${name}`, { json: change })
  assert.equal(status, 200)
  world.look()
}

/** One file with a copy on each of three hosts: in Frankfurt, in Paris, and nobody knows where. */
async function threePlaces(): Promise<World> {
  const world = await trackerWorld({ hosts: 3 })
  await world.put('a')
  await world.sql('insert into replica select 1, device_id from device on conflict do nothing')
  await setHost(world, 'host-1', { zone: 'FRA' })
  await setHost(world, 'host-2', { zone: 'fr' })
  return world
}

/** The hosts in the order of the answer, as often as it takes to see that it is no accident. */
async function orders(world: World, query: string): Promise<Set<string>> {
  const seen = new Set<string>()
  for (let n = 0; n < 12; n++) {
    const path = `/v1/domains/demo/paths/a?noverify&count=3${query}`
    const { paths } = await world.ask(Paths, 'GET', path)
    const hosts = paths.map((url) => world.hosts.find((host) => host.url === originOf(url))?.name)
    seen.add(hosts.join(' '))
  }
  return seen
}

test('the copies of the zone that is named come first', async () => {
  await using world = await threePlaces()
  for (const order of await orders(world, '&zone=fra')) assert.match(order, /^host-1 /)
  for (const order of await orders(world, '&zone=FR')) assert.match(order, /^host-2 /)
  assert.ok((await orders(world, '&zone=nowhere')).size > 1)
  const drained = world.host(0).deviceIds[0] ?? 0
  await world.mark('devices', drained, 'drain')
  for (const order of await orders(world, '&zone=fra')) assert.match(order, / host-1$/)
})

test('the zone of a reader is that whose netmasks hold its address', async () => {
  await using world = await threePlaces()
  const settings = { networkZones: 'fra=127.0.0.1;fr=10.0.0.0/8' }
  const { status } = await world.call('PATCH', '/v1/admin/settings', { json: settings })
  assert.equal(status, 200)
  for (const order of await orders(world, '')) assert.match(order, /^host-1 /)
  for (const order of await orders(world, '&zone=fr')) assert.match(order, /^host-2 host-1/)
})

test('on Workers the data centre is nearer than the country', async () => {
  await using world = await threePlaces()
  const app = createApp(world.tracker().deps)
  const first = async (cf: object) => {
    const request = new Request('http://tracker/v1/domains/demo/paths/a?noverify&count=3', {
      headers: { authorization: `Bearer ${world.adminKey}` },
    })
    const answer = await app.fetch(Object.assign(request, { cf }), {})
    const { paths } = Paths.parse(await answer.json())
    return paths.map((url) => world.hosts.find((host) => host.url === originOf(url))?.name)
  }
  assert.deepEqual((await first({ colo: 'FRA', country: 'FR' })).slice(0, 2), ['host-1', 'host-2'])
  assert.equal((await first({ colo: 'CDG', country: 'FR' }))[0], 'host-2')
})

test('who is inside, or asks so, gets the internal addresses', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a', 'a', { class: 'thumb' })
  const location = async (query: string) => {
    const path = `/v1/domains/demo/files/a?noverify${query}`
    const { headers } = await world.call('GET', path)
    return originOf(headers.get('location'))
  }
  const inside = 'http://10.0.0.7:7500'
  await setHost(world, 'host-1', { publicUrl: 'https://cdn.example', internalUrl: inside })
  assert.equal(await location(''), 'https://cdn.example')
  assert.equal(await location('&zone=alt'), inside)
  await setHost(world, 'host-1', { internalMask: '192.168.0.0/16' })
  assert.equal(await location(''), 'https://cdn.example')
  await setHost(world, 'host-1', { internalMask: '192.168.0.0/16, 127.0.0.0/8' })
  assert.equal(await location(''), inside)
  await setHost(world, 'host-1', { publicUrl: null, internalUrl: null })
  assert.equal(await location('&zone=alt'), world.host(0).url)
})

test('who writes from inside, or asks so, is sent to the internal addresses', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const inside = 'http://10.0.0.7:7500'
  await setHost(world, 'host-1', { publicUrl: 'https://cdn.example', internalUrl: inside })
  const uploads = '/v1/domains/demo/uploads'
  const files = '/v1/domains/demo/files/a'
  const batch = '/v1/domains/demo/batch'
  const opened = async (query: string) => {
    const one = await world.ask(Upload, 'POST', `${uploads}${query}`, { json: { key: 'a' } })
    const many = await world.call('POST', `${batch}${query}`, { json: { open: [{ key: 'a' }] } })
    const put = await world.call('PUT', `${files}${query}`)
    return [
      originOf(one.targets[0]?.url ?? null),
      /"url":"(http[^"]*?)\/dev/.exec(JSON.stringify(many.body))?.[1],
      originOf(put.headers.get('location')),
    ]
  }
  const outside = 'https://cdn.example'
  assert.deepEqual(await opened(''), [outside, outside, outside])
  assert.deepEqual(await opened('?zone=alt'), [inside, inside, inside])
  await setHost(world, 'host-1', { internalMask: '127.0.0.0/8' })
  assert.deepEqual(await opened(''), [inside, inside, inside])
})

test('agents and trackers reach a node by its internal address', async () => {
  const asked: string[] = []
  await using node = await httpServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.writeHead(200, { 'content-length': 5 }).end()
  })
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId } = await world.put('a', 'hello')
  const { name } = world.hostOf(deviceId)
  await setHost(world, name, { publicUrl: 'https://cdn.example', internalUrl: node.url })

  const { headers } = await world.call('GET', '/v1/domains/demo/files/a')
  const location = headers.get('location') ?? ''
  assert.equal(originOf(location), 'https://cdn.example')
  assert.deepEqual(asked, [`HEAD ${location.slice('https://cdn.example'.length)}`])

  const jobs = (await Promise.all(world.hosts.map((host) => host.take()))).flat()
  const sources = jobs.flatMap((job) => (job.kind === 'replicate' ? job.sources : []))
  assert.deepEqual(
    sources.map(({ url }) => originOf(url)),
    [node.url],
  )
})

test('a redirect is kept as long as its class says, never longer than its ticket', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a', 'a', { class: 'thumb' })
  const kept = async (change: object, query = '') => {
    const path = '/v1/admin/domains/demo/classes/thumb'
    await world.call('PATCH', path, { json: change })
    const read = `/v1/domains/demo/files/a?noverify${query}`
    return (await world.call('GET', read)).headers.get('cache-control')
  }
  assert.equal(await kept({ trashS: 0 }), 'private, no-store')
  assert.equal(await kept({ cacheS: 60 }), 'private, max-age=60')
  assert.equal(await kept({ publicRead: true }), 'public, max-age=60')
  await setHost(world, 'host-1', { internalUrl: 'http://10.0.0.7:7500' })
  assert.equal(
    await kept({ cacheS: 60 }, '&zone=alt'),
    'private, max-age=60',
    'of no use to others',
  )
  const [, seconds] = /max-age=(\d+)$/.exec((await kept({ cacheS: 86_400 })) ?? '') ?? []
  assert.ok(
    Number(seconds) >= 3_600 && Number(seconds) <= 3_660,
    `${seconds} s of an hour's ticket`,
  )
  assert.equal(await kept({ cacheS: null }), 'private, no-store')
})

test('the other copies are told beside the best one', async () => {
  await using world = await threePlaces()
  const { headers } = await world.call('GET', '/v1/domains/demo/files/a?noverify&zone=fra')
  assert.equal(originOf(headers.get('location')), world.host(0).url)
  const others = [...(headers.get('link') ?? '').matchAll(/<([^>]+)>; rel=duplicate/g)]
  const urls = others.map(([, url = '']) => originOf(url))
  assert.deepEqual(urls.toSorted(), [world.host(1).url, world.host(2).url])
})
