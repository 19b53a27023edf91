// A class says of which kind its files' checksums are: tickets tell nodes, promises must fit.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { algorithmOf, digestOfChecksum } from '#shared/digests.ts'
import { Checksum, ChecksumKind } from '#shared/ids.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { httpServer } from '../client/http-server.ts'
import { measured, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const algorithms = { 'SHA-256': 'sha256', 'SHA-1': 'sha1', MD5: 'md5' } as const
const checksumOf = (kind: ChecksumKind, text: string): Checksum =>
  Checksum.parse(
    kind === 'none' ? kind : `${kind}:${createHash(algorithms[kind]).update(text).digest('hex')}`,
  )

async function addClass(world: World, kind: ChecksumKind): Promise<string> {
  const name = kind.toLowerCase()
  const json = { name, copies: 2, checksumKind: kind }
  await world.call('POST', '/v1/admin/domains/demo/classes', { json })
  return name
}

for (const kind of ChecksumKind.options)
  test(`files of a class that asks for ${kind} have that, from open to copy`, async () => {
    await using world = await trackerWorld()
    const upload = await world.open('a', { class: await addClass(world, kind) })
    assert.equal(upload.checksumKind, kind)
    for (const { deviceId, url } of upload.targets) {
      const ticket = world.hostOf(deviceId).ticketOf(url, 'PUT', world.clock.nowMs())
      assert.equal(ticket.checksumKind ?? 'SHA-256', kind)
    }
    const checksum = checksumOf(kind, 'hello')
    const stored = { ...world.write(upload, 'hello'), checksum }
    assert.equal((await world.close(stored)).status, 200)
    assert.equal((await world.close(stored)).status, 200, 'again')

    const info = await world.ask(FileDetail, 'GET', '/v1/domains/demo/info/a')
    assert.equal(info.checksum, checksum)
    const { headers } = await world.call('HEAD', '/v1/domains/demo/files/a')
    assert.equal(headers.get('repr-digest'), digestOfChecksum(checksum) ?? null)
    const jobs = (await Promise.all(world.hosts.map((host) => host.take()))).flat()
    assert.deepEqual(
      jobs.map((job) => (job.kind === 'replicate' ? job.checksum : job.kind)),
      [checksum],
    )
  })

test('a promise of another kind than the class keeps is refused at the open', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { checksum } = measured('hello')
  const open = async (request: object) => {
    const json = { key: 'a', ...request }
    const answer = await world.call('POST', '/v1/domains/demo/uploads', { json })
    return answer.code ?? answer.status
  }
  for (const kind of ChecksumKind.options) {
    const name = await addClass(world, kind)
    const expected = kind === 'SHA-256' ? 201 : 'invalid_hashtype'
    assert.equal(await open({ class: name, checksum }), expected, kind)
    assert.equal(
      await open({ class: name, checksum: checksumOf(kind, 'x') }),
      kind === 'none' ? 'invalid_hashtype' : 201,
    )
  }
  assert.equal(await open({ class: 'nope', checksum }), 'unreg_class')
})

for (const kind of ChecksumKind.options)
  test(`a close without receipt asks the node for ${kind}`, async () => {
    const checksum = checksumOf(kind, 'hello')
    const wanted: unknown[] = []
    await using node = await httpServer((request, response) => {
      wanted.push(request.headers['want-repr-digest'])
      const text = digestOfChecksum(checksum)
      const digest = text !== undefined && { 'repr-digest': text }
      response.writeHead(200, { 'content-length': 5, ...digest })
      response.end()
    })
    await using world = await trackerWorld({ hosts: 1, urls: [node.url] })
    const upload = await world.open('a', { class: await addClass(world, kind) })
    const { fid, deviceId } = world.write(upload, 'hello')
    const path = `/v1/domains/demo/uploads/${fid}/close`
    for (const time of ['first', 'again'])
      assert.equal((await world.call('POST', path, { json: { deviceId } })).status, 200, time)

    const algorithm = algorithmOf(kind)
    const asked = algorithm === undefined ? [undefined] : [undefined, `${algorithm}=1`]
    assert.deepEqual(wanted, [...asked, ...asked])
    const info = await world.ask(FileDetail, 'GET', '/v1/domains/demo/info/a')
    assert.deepEqual([info.bytes, info.checksum], [5, checksum])
  })
