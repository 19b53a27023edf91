// What a person can do with curl and nothing of ours, against a tracker on Node.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { LOOPBACK, listenOnLoopback } from '#infra/dev/loopback.ts'
import { curl, expectStatus, skipCurl } from '#test/support/curl.ts'
import { localCluster } from '#test/support/local-cluster.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { trackerWorld } from '#test/support/world.ts'
import { shareStories } from './curl-share-stories.ts'
import { type Hand, handOf, stories } from './curl-stories.ts'
import { tagStories } from './curl-tag-stories.ts'

const MB = 1024 ** 2

test('by hand, at a tracker on Node', { skip: skipCurl }, async (t) => {
  await using cluster = await localCluster()
  await using dir = await tempDir()
  const hand = handOf(cluster, dir.path)
  for (const [name, tell] of Object.entries({ ...stories, ...tagStories, ...shareStories }))
    await t.test(name, () => tell(hand))
  await t.test('200 MB are stored and fetched, asked about first or not', () => largeFile(hand))
})

async function largeFile({ dir, files, ...hand }: Hand): Promise<void> {
  const url = `${files}/large?class=thumb`
  const checksum = await makeLargeFile(join(dir, 'large'), 200)
  for (const flags of [[], ['-H', 'Expect:']]) {
    expectStatus(await hand.curl('-L', '-T', 'large', ...flags, url), 201)
    expectStatus(await hand.curl('-L', '-o', 'fetched', url), 200)
    assert.equal(await checksumOfFile(join(dir, 'fetched')), checksum)
  }
}

async function makeLargeFile(path: string, megabytes: number): Promise<string> {
  await using file = await open(path, 'w')
  const content = randomBytes(MB)
  const sum = createHash('sha256')
  for (let n = 0; n < megabytes; n++) {
    content.writeUInt32LE(n)
    sum.update(content)
    await file.write(content)
  }
  return sum.digest('hex')
}

async function checksumOfFile(path: string): Promise<string> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(path), sum)
  return sum.digest('hex')
}

test('the key stays between curl and the tracker', { skip: skipCurl }, async () => {
  const seen: { method: string; headers: IncomingHttpHeaders }[] = []
  const node = createServer((request, response) => {
    const { method = '', headers } = request
    seen.push({ method, headers })
    request.resume()
    request.on('end', () => {
      response.writeHead(method === 'PUT' ? 201 : 200, { 'content-length': '5' })
      response.end(method === 'HEAD' ? undefined : 'bytes')
    })
  })
  const port = await listenOnLoopback(node)
  await using _ = node
  await using world = await trackerWorld({ hosts: 1, urls: [`http://${LOOPBACK}:${port}`] })
  await using dir = await tempDir()

  const url = `${world.tracker().url}/v1/domains/demo/files/secret`
  const withKey = ['-L', '-H', `Authorization: Bearer ${world.adminKey}`]
  expectStatus(await curl(dir.path, [...withKey, '-X', 'PUT', '--data', 'bytes', url]), 201)
  await world.put('secret', 'bytes')
  const fetched = expectStatus(await curl(dir.path, [...withKey, url]), 200)

  assert.equal(fetched.body.toString(), 'bytes')
  assert.deepEqual(seen.map(({ method }) => method).toSorted(), ['GET', 'HEAD', 'PUT'])
  for (const { method, headers } of seen)
    assert.ok(!JSON.stringify(headers).includes(world.adminKey), `${method} came without the key`)
})
