// Bodies under way are promised their room: who comes later is refused what would not fit beside
// them, before it is read, and a promise ends with its body, however that ends.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { test } from 'node:test'
import { Room } from '#agent/disk/room.ts'
import { RESERVED_BYTES } from '#agent/limits.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { replicateJob } from './support/jobs.ts'
import { putWithExpect } from './support/put-with-expect.ts'
import { mountTmpfs, moveDevice, whyNoMounts } from './support/real-mount.ts'
import { SourceNode } from './support/source-node.ts'

const skip = await whyNoMounts('tmpfs')
const MIB = 1024 ** 2
/** One of these fits into what a tmpfs of 64 MiB leaves us, two do not. */
const BODY_BYTES = 30 * MIB
const noRoom = { status: 507, code: 'disk_full', isToldToGoOn: false }

/** Sends the first MiB, and then nothing until it is told to leave. */
function stalledPut(url: string, headers: Record<string, string> = {}) {
  const coming = request(url, {
    method: 'PUT',
    headers: { 'content-length': BODY_BYTES, ...headers },
  })
  coming.on('error', () => undefined) // it leaves in the middle
  coming.write(randomBytes(MIB))
  return () => {
    coming.destroy()
  }
}

/** By what the tracker is told, which chooses by it. */
const heardFree = (host: Host, is: (bytesFree: number) => boolean) =>
  host.tracker.heard(() => {
    const gauge = host.tracker.syncs.at(-1)?.devices[0]
    return gauge?.condition === 'ok' && is(gauge.bytesFree) ? gauge : undefined
  })

const isPromised = (bytesFree: number) => bytesFree < 64 * MIB - BODY_BYTES
const isFree = (bytesFree: number) => !isPromised(bytesFree)

const store = async (host: Host, fid: number) =>
  (await fetch(host.put(fid), { method: 'PUT', body: new Uint8Array(BODY_BYTES) })).status

test('two bodies that do not fit together are not both begun', { skip }, async () => {
  await using host = await startHost()
  await using _ = await moveDevice(host, (path) => mountTmpfs(path, 'size=64m'))
  const part = { 'content-range': `bytes 0-${BODY_BYTES - 1}/${BODY_BYTES}` }
  for (const [n, headers] of [{}, part].entries()) {
    await heardFree(host, isFree)
    const leave = stalledPut(host.put(n + 1), headers)
    await heardFree(host, isPromised)
    assert.deepEqual(await putWithExpect(host.put(10 + n), BODY_BYTES), noRoom)
    const small = await fetch(host.put(20 + n), { method: 'PUT', body: randomBytes(1_000) })
    assert.equal(small.status, 201, 'what fits beside it does')
    leave()
  }
  await untilTrue(async () => (await store(host, 3)) === 201, 'who left needs no room')
})

test('a copy that stalls keeps its room, and one that came needs none', { skip }, async () => {
  await using host = await startHost()
  await using _ = await moveDevice(host, (path) => mountTmpfs(path, 'size=64m'))
  await using source = await SourceNode.start()
  const body = randomBytes(BODY_BYTES)
  const goOn = Promise.withResolvers<'now'>()
  const url = source.answers('/slow', (response) => {
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.subarray(0, MIB))
    void goOn.promise.then(() => response.end(body.subarray(MIB)))
  })
  const job = replicateJob(1, body, [url])
  host.tracker.jobs.push(job)
  await heardFree(host, isPromised)
  assert.deepEqual(await putWithExpect(host.put(2), BODY_BYTES), noRoom)
  goOn.resolve('now')
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(1)), body)
  const rest = 64 * MIB - RESERVED_BYTES - BODY_BYTES - 4 * MIB
  const next = { method: 'PUT', body: new Uint8Array(rest) }
  const isStored = async () => (await fetch(host.put(3), next)).status === 201
  await untilTrue(isStored, 'the room of the copy is not counted twice')
})

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of body) bytes += chunk.length
  return bytes
}

test('room is promised once, paid as bytes come, and never counted twice', async () => {
  const room = new Room()
  room.looked(RESERVED_BYTES + 100, 0)
  const first = room.promise(60)
  assert.throws(() => room.promise(41), { code: 'disk_full' })
  using _ = room.promise(40)
  assert.equal(await bytesOf(first.follow([new Uint8Array(25), new Uint8Array(25)])), 50)
  assert.equal(room.bytesFree, RESERVED_BYTES, 'what came is not free, though no look saw it')

  const { cameBytes } = room
  room.looked(RESERVED_BYTES + 50, cameBytes)
  assert.equal(room.bytesFree, RESERVED_BYTES, 'what a look saw is not counted again')
  first[Symbol.dispose]()
  assert.equal(room.bytesFree, RESERVED_BYTES + 10, 'what did not come is free')
})

test('more than was promised is counted as it comes', async () => {
  const room = new Room()
  room.looked(RESERVED_BYTES + 100, 0)
  {
    using promised = room.promise(0)
    assert.equal(await bytesOf(promised.follow([new Uint8Array(70)])), 70)
  }
  assert.equal(room.has(30), true)
  assert.equal(room.has(31), false)
})
