// Resumable uploads at an agent, by the protocol's own client (tus-js-client), with agents that are
// killed in their middle; and the protocol's rules, by hand.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdir } from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { Upload } from 'tus-js-client'
import * as z from 'zod'
import { PART_CHECKPOINT_BYTES } from '#agent/limits.ts'
import { type Clock, systemClock } from '#shared/clock.ts'
import { readReceipt } from '#shared/receipts.ts'
import type { Ticket } from '#shared/tickets.ts'
import { startAgentProcess } from './support/agent-process.ts'
import { bytesAt, codeOf, type Host, startHost } from './support/host.ts'

/** What Node tells of an answer that was sent. */
const Finished = z.object({ request: z.instanceof(IncomingMessage) })

const TUS = { 'tus-resumable': '1.0.0' }

const ask = (
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body?: Uint8Array<ArrayBuffer> | string,
) => fetch(url, { method, headers: { ...TUS, ...headers }, ...(body !== undefined && { body }) })

const patch = (
  url: string,
  offset: number,
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string> = {},
) =>
  ask(
    url,
    'PATCH',
    { 'content-type': 'application/offset+octet-stream', 'upload-offset': `${offset}`, ...headers },
    body,
  )

const sum = (text: string) => createHash('sha1').update(text).digest('base64')

const offsetAt = async (url: string) =>
  Number((await ask(url, 'HEAD')).headers.get('upload-offset') ?? Number.NaN)

const upload = (host: Host, fid: number, bytes: number, ticket: Partial<Ticket> = {}) =>
  host.put(fid, { bytes, maxBytes: bytes, ...ticket })

test('an upload goes on where it stopped, and is closed before its end is told', async () => {
  await using host = await startHost()
  const url = upload(host, 7, 10, { commit: true })
  assert.equal(await offsetAt(url), 0)
  assert.equal((await patch(url, 0, 'hello')).headers.get('upload-offset'), '5')
  await host.stop()
  await host.start()
  const again = upload(host, 7, 10, { commit: true })
  assert.equal(await offsetAt(again), 5)
  const last = await patch(again, 5, 'world')
  assert.equal(last.status, 204)
  assert.equal(last.headers.get('upload-offset'), '10')
  const receipt = readReceipt(last.headers.get('mog-receipt') ?? '', () => [host.key()])
  assert.equal(receipt?.bytes, 10)
  assert.equal(host.tracker.commits.length, 1)
  assert.equal(String(await bytesAt(host.fileOf(7))), 'helloworld')

  assert.equal(await offsetAt(again), 10)
  assert.equal(host.tracker.commits.length, 2, 'closed again: the first answer may be lost')
})

test('an end that no tracker heard of is not told as one', async () => {
  await using host = await startHost()
  const url = upload(host, 7, 5, { commit: true })
  host.tracker.answersToLose = 1_000
  assert.equal(await codeOf(await patch(url, 0, 'hello')), 'commit_failed')
  assert.equal((await ask(url, 'HEAD')).status, 502)
  host.tracker.answersToLose = 0
  assert.equal(await offsetAt(url), 5)
})

test('whoever asks for a close again is not cut off while the file is read for it', async () => {
  await using host = await startHost()
  const url = upload(host, 7, 5, { commit: true })
  await patch(url, 0, 'hello')
  const patience: (number | undefined)[] = []
  const note = (message: unknown) => {
    const { request } = Finished.parse(message)
    if (request.method === 'HEAD') patience.push(request.socket.timeout)
  }
  subscribe('http.server.response.finish', note)
  assert.equal(await offsetAt(url), 5)
  unsubscribe('http.server.response.finish', note)
  assert.deepEqual(patience, [0], 'without end')
})

test('tus-js-client outlives an agent that is killed again and again', async () => {
  await using host = await startHost()
  const bytes = randomBytes(6 * PART_CHECKPOINT_BYTES)
  const { pathname, search } = new URL(upload(host, 7, bytes.length, { commit: true }))
  await host.stop()
  const environment = { MOG_ROOT: host.root, MOG_TRACKER_URL: host.tracker.url }
  let agent = await startAgentProcess(environment)
  const { port, origin } = new URL(agent.url)
  let kills = 0
  try {
    await new Promise<void>((resolve, reject) => {
      let killing: Promise<void> | undefined
      const kill = async () => {
        await agent.end('SIGKILL')
        agent = await startAgentProcess({ ...environment, MOG_LISTEN: `127.0.0.1:${port}` })
        killing = undefined
      }
      new Upload(bytes, {
        uploadUrl: origin + pathname + search,
        retryDelays: Array.from({ length: 300 }, () => 100),
        onError: reject,
        onSuccess: () => resolve(),
        onProgress(sent) {
          if (kills >= 3 || killing !== undefined || sent < (kills + 1) * 20_000_000) return
          kills++
          killing = kill().catch(reject)
        },
      }).start()
    })
  } finally {
    await agent.end('SIGKILL')
  }
  assert.ok(kills > 0, 'it was killed')
  assert.equal(host.tracker.commits.length, 1)
  await host.start()
  const found = await bytesAt(host.fileOf(7))
  assert.ok(found?.equals(bytes) === true)
  assert.deepEqual(await readdir(join(host.root, 'dev1/partial')), [])
})

test('a part with another checksum than it came with does not count', async () => {
  await using host = await startHost()
  const url = upload(host, 7, 10)
  const wrong = await patch(url, 0, 'hellO', { 'upload-checksum': `sha1 ${sum('hello')}` })
  assert.equal(wrong.status, 460)
  assert.equal(await offsetAt(url), 0)
  const right = await patch(url, 0, 'hello', { 'upload-checksum': `sha1 ${sum('hello')}` })
  assert.equal(right.status, 204)
  const unknown = await patch(url, 5, 'world', { 'upload-checksum': 'crc32 AAAA' })
  assert.equal(unknown.status, 400)
})

test('the rules of the protocol are kept', async () => {
  await using host = await startHost()
  const url = upload(host, 7, 10)
  const options = await fetch(url, { method: 'OPTIONS' })
  assert.equal(options.headers.get('tus-version'), '1.0.0')
  assert.equal(options.headers.get('tus-extension'), 'termination,checksum,expiration')
  const old = await ask(url, 'HEAD', { 'tus-resumable': '0.2.0' })
  assert.equal(old.status, 412)
  assert.equal(old.headers.get('tus-version'), '1.0.0')
  const begun = await ask(url, 'HEAD')
  assert.equal(begun.headers.get('upload-length'), '10')
  assert.equal(begun.headers.get('cache-control'), 'no-store')
  assert.ok(Date.parse(begun.headers.get('upload-expires') ?? '') > Date.now())
  assert.equal((await patch(url, 3, 'lo')).status, 409)
  assert.equal((await ask(url, 'PATCH', { 'upload-offset': '0' }, 'hello')).status, 415)
  assert.equal((await patch(url, 0, 'hello world, and more')).status, 413)
  assert.equal((await ask(host.put(8), 'HEAD')).status, 403, 'of no upload that can be resumed')
  assert.equal((await ask(host.get(7), 'PATCH')).status, 403)
})

test('a client that gives up takes what came with it', async () => {
  await using host = await startHost()
  const url = upload(host, 7, 10)
  await patch(url, 0, 'hello')
  assert.equal((await ask(url, 'DELETE')).status, 204)
  assert.equal((await ask(url, 'HEAD')).status, 404)
  assert.equal((await patch(url, 0, 'hello')).status, 404)
  assert.deepEqual(await readdir(join(host.root, 'dev1/partial')), ['7.json'])

  const whole = upload(host, 8, 5)
  await patch(whole, 0, 'hello')
  assert.equal((await ask(whole, 'DELETE')).status, 405, 'a file is erased by its tracker alone')
  assert.equal(String(await bytesAt(host.fileOf(8))), 'hello')
})

test('what did not come in time is erased', async () => {
  let aheadMs = 0
  const clock: Clock = { ...systemClock, nowMs: () => Date.now() + aheadMs }
  await using host = await startHost({ clock })
  const nowS = Math.floor(Date.now() / 1_000)
  await patch(upload(host, 7, 10, { untilS: nowS + 3_600 }), 0, 'hello')
  await patch(upload(host, 8, 10, { untilS: nowS + 7_200 }), 0, 'hello')
  await host.stop()
  aheadMs = 3_601_000
  host.tracker.aheadMs = aheadMs
  await host.start()
  assert.deepEqual(await host.events.next('partial.expired'), { deviceId: 1, files: 1 })
  assert.deepEqual((await readdir(join(host.root, 'dev1/partial'))).toSorted(), [
    '8.data',
    '8.json',
  ])
})
