// The README's flow by curl alone, story by story, for whichever tracker is on duty:
// by-hand.test.ts tells them to the one on Node, workerd/smoke.test.ts to the deployable Worker.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { digestOfChecksum } from '#shared/digests.ts'
import { Checksum } from '#shared/ids.ts'
import { Paths } from '#shared/wire/files.ts'
import { Stored } from '#shared/wire/uploads.ts'
import { type CurlAnswer, curl, expectStatus } from '#test/support/curl.ts'
import type { LocalCluster } from '#test/support/local-cluster.ts'

/** A person at a shell, in a directory of theirs, with the URL and the key that were printed. */
export interface Hand {
  cluster: LocalCluster
  dir: string
  /** `$URL/v1/domains/demo/files` */
  files: string
  /** With `-H "Authorization: Bearer $KEY"`. */
  curl(...args: readonly string[]): Promise<CurlAnswer>
  /** The same, with something on stdin. */
  pipe(input: Iterable<Uint8Array>, ...args: readonly string[]): Promise<CurlAnswer>
}

export function handOf(cluster: LocalCluster, dir: string): Hand {
  const { trackerUrl, domain, clientKey } = cluster.description
  const authorization = ['-H', `Authorization: Bearer ${clientKey}`]
  return {
    cluster,
    dir,
    files: `${trackerUrl}/v1/domains/${domain}/files`,
    curl: (...args) => curl(dir, [...authorization, ...args]),
    pipe: (input, ...args) => curl(dir, [...authorization, ...args], input),
  }
}

export type Story = (hand: Hand) => Promise<void>

const MB = 1024 ** 2

export async function makeFile({ dir }: Hand, name: string, bytes: number): Promise<Buffer> {
  const content = randomBytes(bytes)
  await writeFile(join(dir, name), content)
  return content
}

export const sha256 = (content: Uint8Array) =>
  Checksum.parse(`SHA-256:${createHash('sha256').update(content).digest('hex')}`)

const Refused = z.object({ code: z.string() })
const codeOf = ({ body }: CurlAnswer) => Refused.parse(JSON.parse(body.toString())).code

async function readmeFlow(hand: Hand): Promise<void> {
  const { cluster, dir, files } = hand
  const photo = await makeFile(hand, 'photo.jpg', 300_000)
  const url = `${files}/photo.jpg`

  const stored = expectStatus(await hand.curl('-L', '-T', 'photo.jpg', url), 201)
  const onTheWay = stored.answers.map(({ status }) => status).filter((status) => status !== 100)
  assert.deepEqual(onTheWay, [307, 201])
  assert.equal(Stored.parse(JSON.parse(stored.body.toString())).checksum, sha256(photo))

  await writeFile(join(dir, 'photo.jpg'), '')
  expectStatus(await hand.curl('-L', '-O', url), 200)
  assert.ok(photo.equals(await readFile(join(dir, 'photo.jpg'))), 'fetched as it was stored')

  const pathsUrl = `${cluster.description.trackerUrl}/v1/domains/demo/paths/photo.jpg`
  const { body } = expectStatus(await hand.curl(pathsUrl), 200)
  const { bytes, paths } = Paths.parse(JSON.parse(body.toString()))
  assert.equal(bytes, photo.length)
  const byTicket = await curl(dir, [paths[0] ?? ''])
  assert.ok(photo.equals(expectStatus(byTicket, 200).body), 'a path needs no key')

  expectStatus(await hand.curl('-X', 'DELETE', url), 200)
  const gone = await hand.curl('-L', url)
  assert.deepEqual([gone.status, codeOf(gone)], [404, 'unknown_key'])
}

/** curl asks before it sends more than a megabyte, unless it is told not to. */
async function askingAndNotAsking(hand: Hand): Promise<void> {
  const { files } = hand
  const small = await makeFile(hand, 'small', 2_000)
  const large = await makeFile(hand, 'large', 3 * MB)
  const asks = ['-H', 'Expect: 100-continue']
  // who answers before it has read all may cut the connection while curl still sends
  const doesNotAsk = ['-H', 'Expect:', '--retry', '5', '--retry-all-errors']
  for (const [name, content, flags] of [
    ['small', small, asks],
    ['small', small, doesNotAsk],
    ['large', large, []],
    ['large', large, doesNotAsk],
  ] as const) {
    expectStatus(await hand.curl('-L', '-T', name, ...flags, `${files}/asking`), 201)
    const fetched = expectStatus(await hand.curl('-L', `${files}/asking`), 200)
    assert.ok(content.equals(fetched.body), `${name} with ${flags.join(' ')}`)
  }
}

async function smallBodies(hand: Hand): Promise<void> {
  const url = `${hand.files}/note`
  expectStatus(await hand.curl('-L', '-X', 'PUT', '--data', 'hello=world', url), 201)
  const form = expectStatus(await hand.curl('-L', url), 200)
  assert.equal(form.body.toString(), 'hello=world')

  const plain = ['-H', 'Content-Type: text/plain; charset=utf-8', '--data-binary', 'two\nlines\n']
  expectStatus(await hand.curl('-L', '-X', 'PUT', ...plain, url), 201)
  const fetched = expectStatus(await hand.curl('-L', url), 200)
  assert.equal(fetched.body.toString(), 'two\nlines\n')
  assert.equal(fetched.headers.get('content-type'), 'text/plain; charset=utf-8')
}

async function fromStdin(hand: Hand): Promise<void> {
  const url = `${hand.files}/from-stdin`
  const pieces = Array.from({ length: 40 }, () => randomBytes(50_000))
  expectStatus(await hand.pipe(pieces, '-L', '-T', '-', url), 201)
  const fetched = expectStatus(await hand.curl('-L', url), 200)
  assert.ok(Buffer.concat(pieces).equals(fetched.body))
}

async function emptyFile(hand: Hand): Promise<void> {
  const url = `${hand.files}/empty`
  await makeFile(hand, 'empty', 0)
  expectStatus(await hand.curl('-L', '-T', 'empty', url), 201)
  const fetched = expectStatus(await hand.curl('-L', url), 200)
  assert.equal(fetched.headers.get('content-length'), '0')
  assert.equal(fetched.body.length, 0)
}

async function ranges(hand: Hand): Promise<void> {
  const url = `${hand.files}/ranges`
  const content = await makeFile(hand, 'ranges', 200_000)
  expectStatus(await hand.curl('-L', '-T', 'ranges', url), 201)
  for (const [range, from, to] of [
    ['0-0', 0, 1],
    ['100-199', 100, 200],
    ['-5', 199_995, 200_000],
    ['150000-', 150_000, 200_000],
  ] as const) {
    const part = expectStatus(await hand.curl('-L', '-r', range, url), 206)
    assert.equal(part.headers.get('content-range'), `bytes ${from}-${to - 1}/200000`)
    assert.ok(content.subarray(from, to).equals(part.body), range)
  }
  const beyond = await hand.curl('-L', '-r', '200000-', url)
  assert.deepEqual([beyond.status, codeOf(beyond)], [416, 'range_not_satisfiable'])
}

/** What is said of a file when it is stored is said when it is asked for. */
async function headersKept(hand: Hand): Promise<void> {
  const url = `${hand.files}/described`
  const content = await makeFile(hand, 'described', 1_234)
  const said = ['Content-Type: image/jpeg', 'Mog-Meta-Owner: J%C3%BCrgen', 'Mog-Meta-Album: 2025']
  const flags = said.flatMap((header) => ['-H', header])
  expectStatus(await hand.curl('-L', '-T', 'described', ...flags, url), 201)

  const { headers, answers } = expectStatus(await hand.curl('-I', url), 200)
  assert.equal(answers.length, 1, 'no node is asked')
  assert.equal(headers.get('content-length'), '1234')
  assert.equal(headers.get('content-type'), 'image/jpeg')
  assert.equal(headers.get('repr-digest'), digestOfChecksum(sha256(content)))
  assert.equal(headers.get('mog-meta-owner'), 'J%C3%BCrgen')
  assert.equal(headers.get('mog-meta-album'), '2025')
  const { metadata } = await hand.cluster.files.stat('described')
  assert.deepEqual(metadata, { owner: 'Jürgen', album: '2025' })

  const fetched = expectStatus(await hand.curl('-L', url), 200)
  assert.equal(fetched.headers.get('content-type'), 'image/jpeg')
  assert.equal((await hand.curl('-I', `${hand.files}/nothing`)).status, 404)
}

/** The node is told too, since curl takes this header along. */
async function digests(hand: Hand): Promise<void> {
  const url = `${hand.files}/sealed`
  const content = await makeFile(hand, 'sealed', 5_000)
  const wrong = `Repr-Digest: ${digestOfChecksum(sha256(Buffer.from('other bytes')))}`
  const refused = await hand.curl('-L', '-T', 'sealed', '-H', wrong, url)
  assert.deepEqual([refused.status, codeOf(refused)], [409, 'checksum_mismatch'])
  assert.equal((await hand.curl('-I', url)).status, 404)

  const right = `Repr-Digest: ${digestOfChecksum(sha256(content))}`
  expectStatus(await hand.curl('-L', '-T', 'sealed', '-H', right, url), 201)
}

/** Both were let through by the tracker or not: the node learns which of them won. */
async function onlyOnce(hand: Hand): Promise<void> {
  const url = `${hand.files}/only-once`
  await makeFile(hand, 'once', 400_000)
  const put = () => hand.curl('-L', '-T', 'once', '-H', 'If-None-Match: *', url)
  const answers = await Promise.all([put(), put(), put()])
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
  assert.deepEqual(statuses, [201, 412, 412])

  const etag = expectStatus(await hand.curl('-I', url), 200).headers.get('etag') ?? ''
  expectStatus(await hand.curl('-L', '-H', `If-None-Match: ${etag}`, url), 304)
  const stale = await hand.curl('-L', '-T', 'once', '-H', 'If-Match: "999999"', url)
  assert.deepEqual([stale.status, codeOf(stale)], [412, 'precondition_failed'])
  expectStatus(await hand.curl('-L', '-T', 'once', '-H', `If-Match: ${etag}`, url), 201)
}

/** In a path a key is percent-encoded once; as `?key=` it is any text at all. */
async function strangeKeys(hand: Hand): Promise<void> {
  const long = 'ä'.repeat(512) // 1,024 bytes
  for (const [encoded, key] of [
    ['/strange/a%20b', 'strange/a b'],
    ['/strange/a+b', 'strange/a+b'],
    ['/strange//double//', 'strange//double//'],
    ['/strange/%E6%97%A5%E6%9C%AC/%C3%BC', 'strange/日本/ü'],
    ['/strange/%252F', 'strange/%2F'],
    ['/strange/x%2Fy', 'strange/x/y'],
    ['/strange/%3Fq%23f', 'strange/?q#f'],
    [`/${encodeURIComponent(long)}`, long],
    ['?key=strange/a/../b', 'strange/a/../b'],
    ['?key=strange/./%2E%2E/', 'strange/./../'],
  ] as const) {
    const url = `${encoded.startsWith('?') ? hand.files.replace(/s$/, '') : hand.files}${encoded}`
    expectStatus(await hand.curl('-L', '-X', 'PUT', '--data', key, url), 201)
    const fetched = expectStatus(await hand.curl('-L', url), 200)
    assert.equal(fetched.body.toString(), key)
    assert.equal(await (await hand.cluster.files.get(key)).text(), key, 'the key is that text')
  }
  const tooLong = await hand.curl(`${hand.files}/${encodeURIComponent(`${long}.`)}`)
  assert.deepEqual([tooLong.status, codeOf(tooLong)], [400, 'invalid_key'])
}

export const stories: Readonly<Record<string, Story>> = {
  'what the README says: store, fetch, look, delete': readmeFlow,
  'a body is stored whether curl asks first or not': askingAndNotAsking,
  'a body can be typed, and comes back with its type': smallBodies,
  'a body of unknown length is stored from stdin': fromStdin,
  'an empty file is a file': emptyFile,
  'a range is asked for through the redirect': ranges,
  'what was said of a file is kept': headersKept,
  'a file is stored only if its digest is that which was sent along': digests,
  'of many who store what must not be there yet one does': onlyOnce,
  'keys are any text, by path or by ?key=': strangeKeys,
}
