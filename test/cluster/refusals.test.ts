// What a real node refuses: each with its stable code, and nothing of it stays on a disk. The right
// way afterwards still works.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import * as z from 'zod'
import { digestOfChecksum } from '#shared/digests.ts'
import { Fid } from '#shared/ids.ts'
import { decodeBase64Url } from '#shared/mac.ts'
import { type ProblemCode, problems } from '#shared/problems.ts'
import { signedUrl, type Ticket } from '#shared/tickets.ts'
import { WireKey } from '#shared/wire/agents.ts'
import { Closed, type Upload } from '#shared/wire/uploads.ts'
import { copiesOnDisks, untilDisksMatch } from '#test/support/disks.ts'
import { type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { type Answer, call, parseAnswer } from '#test/support/tracker-call.ts'
import { measured } from '#test/support/tracker-world.ts'
import { untilTrue } from '#test/support/until-true.ts'
import {
  abortUpload,
  closeUpload,
  openUpload,
  putBytes,
  putTo,
  targetOf,
} from '#test/support/upload-steps.ts'

/** What is done with an open upload, whose URLs allow 10 bytes. */
interface Refused {
  code: ProblemCode
  by: (upload: Upload, cluster: LocalCluster) => Promise<Answer>
}

const TEN = '0123456789'
const MANY_BYTES = 300_000
const LATER_MS = 60_000

const urlOf = (upload: Upload) => targetOf(upload).url
const altered = (upload: Upload, from: string | RegExp, to: string) => {
  const url = urlOf(upload).replace(from, to)
  assert.notEqual(url, urlOf(upload))
  return putBytes(url, TEN)
}
const wrongDigest = digestOfChecksum(measured('other bytes').checksum) ?? ''
const inSeconds = (ms: number) => Math.floor((Date.now() + ms) / 1_000)

const ofTickets: Readonly<Record<string, Refused>> = {
  'no ticket': {
    code: 'ticket_missing',
    by: (upload) => altered(upload, /\?.*/, ''),
  },
  'a ticket for more bytes than it was given for': {
    code: 'ticket_invalid',
    by: (upload) => altered(upload, 'max=10', 'max=11'),
  },
  'a ticket that was prolonged': {
    code: 'ticket_invalid',
    by: (upload) => altered(upload, /until=(\d+)/, 'until=9$1'),
  },
  'the ticket of another file': {
    code: 'ticket_invalid',
    by: (upload) => altered(upload, /\d{10}(?=\.fid)/, String(upload.fid + 1).padStart(10, '0')),
  },
  'the ticket of another device': {
    code: 'ticket_invalid',
    by: (upload) => altered(upload, /dev\d+/, 'dev999'),
  },
  'a ticket to store, used to read': {
    code: 'ticket_invalid',
    by: (upload) => call(urlOf(upload), 'GET', { key: '' }),
  },
  'an expired ticket': {
    code: 'ticket_expired',
    async by(upload, cluster) {
      const { fid } = upload
      const { deviceId } = targetOf(upload)
      const ticket = { verb: 'PUT', fid, deviceId, untilS: inSeconds(-LATER_MS) } as const
      return putBytes(await signedLikeATracker(cluster, ticket), TEN)
    },
  },
  'a good ticket to read what is not there': {
    code: 'unknown_fid',
    async by(upload, cluster) {
      const { deviceId } = targetOf(upload)
      const fid = Fid.parse(999_999)
      const ticket = { verb: 'GET', fid, deviceId, untilS: inSeconds(LATER_MS) } as const
      return call(await signedLikeATracker(cluster, ticket), 'GET', { key: '' })
    },
  },
}

const ofBodies: Readonly<Record<string, Refused>> = {
  'a body longer than promised': {
    code: 'body_too_large',
    by: (upload) => putBytes(urlOf(upload), `${TEN}!`),
  },
  'a body longer than promised whose length is not announced': {
    code: 'body_too_large',
    by: (upload) => putBytes(urlOf(upload), new Blob([randomBytes(MANY_BYTES)]).stream()),
  },
  'a body that is not what its Content-Digest says': {
    code: 'checksum_mismatch',
    by: (upload) => putBytes(urlOf(upload), TEN, { 'content-digest': wrongDigest }),
  },
  'a body in pieces that is not what its Repr-Digest says': {
    code: 'checksum_mismatch',
    by: (upload) =>
      putBytes(urlOf(upload), new Blob([TEN]).stream(), { 'repr-digest': wrongDigest }),
  },
  'a part that is not as long as it says': {
    code: 'invalid_request',
    by: (upload) => putBytes(urlOf(upload), TEN, { 'content-range': 'bytes 0-8/20' }),
  },
}

async function signedLikeATracker({ agents }: LocalCluster, ticket: Ticket): Promise<string> {
  const place: number = ticket.deviceId
  const agent = agents.find(({ devices }) => devices.some(({ deviceId }) => deviceId === place))
  assert.ok(agent !== undefined)
  const enrollment: unknown = JSON.parse(await readFile(join(agent.root, 'agent.json'), 'utf8'))
  const [wire] = z.object({ keys: z.array(WireKey) }).parse(enrollment).keys
  assert.ok(wire !== undefined)
  return signedUrl(agent.url, ticket, { version: wire.version, key: decodeBase64Url(wire.key) })
}

test('a node refuses what its ticket does not allow, and keeps nothing of it', async (t) => {
  await using cluster = await localCluster()
  for (const [name, { code, by }] of Object.entries({ ...ofTickets, ...ofBodies }))
    await t.test(name, async () => {
      const upload = await openUpload(cluster, 'refused', { bytes: TEN.length })
      const answer = await by(upload, cluster)
      assert.deepEqual([answer.status, answer.code], [problems[code].status, code])
      assert.deepEqual(await copiesOnDisks(cluster.agents), [])
      await untilDisksMatch(cluster)

      const { deviceId, receipt } = await putTo(upload, TEN)
      parseAnswer(Closed, await closeUpload(cluster, upload, { deviceId, receipt }))
      await cluster.files.delete('refused')
      await untilTrue(async () => (await copiesOnDisks(cluster.agents)).length === 0, 'it is gone')
    })
  for (const bytes of [1_000, MANY_BYTES])
    for (const leave of ['politely', 'abruptly'] as const)
      await t.test(`half of ${bytes} bytes, of a client that leaves ${leave}`, async () => {
        const upload = await openUpload(cluster, 'half', { bytes })
        await sendHalf(urlOf(upload), randomBytes(bytes), leave)
        await untilDisksMatch(cluster)
        assert.deepEqual(await copiesOnDisks(cluster.agents), [])

        const stored = await putTo(upload, randomBytes(bytes))
        assert.equal(stored.bytes, bytes, 'the same URL takes it whole afterwards')
        await abortUpload(cluster, upload)
        await untilDisksMatch(cluster)
      })
})

/** Ends the connection in the middle of the body: by saying so, or by a reset. */
async function sendHalf(
  url: string,
  body: Uint8Array,
  leave: 'politely' | 'abruptly',
): Promise<void> {
  const { hostname, port, host, pathname, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n`)
  socket.write(`Content-Length: ${body.length}\r\n\r\n`)
  const half = body.subarray(0, body.length / 2)
  if (leave === 'politely') {
    socket.end(half)
    assert.match(await text(socket), /^HTTP\/1\.1 400 /)
  } else {
    await new Promise((sent) => socket.write(half, sent))
    socket.resetAndDestroy()
  }
}
