// One tag for a file, whoever answers: the tracker from the namespace, each node of its copy. What
// a client keeps from one is of use at the others, through the redirect too.
import assert from 'node:assert/strict'
import { Paths } from '#shared/wire/files.ts'
import { type CurlAnswer, curl, expectStatus } from '#test/support/curl.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { type Hand, makeFile, type Story, sha256 } from './curl-stories.ts'

const statuses = ({ answers }: CurlAnswer) => answers.map(({ status }) => status)

async function oneTag(hand: Hand): Promise<void> {
  const { dir, files, cluster } = hand
  const content = await makeFile(hand, 'tagged', 300_000)
  const url = `${files}/tagged`
  const stored = expectStatus(await hand.curl('-L', '-T', 'tagged', url), 201)
  const tag = `"${sha256(content)}"`
  assert.equal(stored.headers.get('etag'), tag, 'of what was stored')
  const stat = expectStatus(await hand.curl('-I', url), 200).headers
  assert.equal(stat.get('etag'), tag)
  expectStatus(await hand.curl('-L', '-H', `If-None-Match: ${tag}`, url), 304)

  const pathsUrl = `${cluster.description.trackerUrl}/v1/domains/demo/paths/tagged`
  let copies: readonly string[] = []
  await untilTrue(async () => {
    copies = Paths.parse(JSON.parse((await hand.curl(pathsUrl)).body.toString())).paths
    return copies.length === 2
  }, 'there are two copies')
  const byFid = `"${stat.get('mog-fid')}"`
  for (const copy of copies) {
    const { headers } = expectStatus(await curl(dir, ['-I', copy]), 200)
    assert.equal(headers.get('etag'), tag, 'the same of each copy')
    assert.equal(headers.get('repr-digest'), stat.get('repr-digest'))
    for (const known of [tag, byFid])
      expectStatus(await curl(dir, ['-H', `If-None-Match: ${known}`, copy]), 304)
    expectStatus(await curl(dir, ['-H', 'If-Match: "another"', copy]), 412)
  }
}

/** The tracker does not look at ranges: whether one applies, the node says. */
async function resumedByTag(hand: Hand): Promise<void> {
  const content = await makeFile(hand, 'resumed', 300_000)
  const url = `${hand.files}/resumed`
  expectStatus(await hand.curl('-L', '-T', 'resumed', url), 201)
  const { headers } = expectStatus(await hand.curl('-I', url), 200)
  for (const tag of [headers.get('etag'), `"${headers.get('mog-fid')}"`]) {
    const conditions = ['-H', `If-Range: ${tag}`, '-H', `If-Match: ${tag}`]
    const rest = await hand.curl('-L', '-r', '200000-', ...conditions, url)
    assert.deepEqual(statuses(rest), [302, 206])
    assert.ok(content.subarray(200_000).equals(rest.body))
  }
  const anew = await hand.curl('-L', '-r', '200000-', '-H', 'If-Range: "another"', url)
  assert.deepEqual(statuses(anew), [302, 200])
  assert.ok(content.equals(anew.body), 'a file that was replaced comes whole')
}

export const tagStories: Readonly<Record<string, Story>> = {
  'a file has one tag, at the tracker and at each copy': oneTag,
  'a download goes on through the redirect by the tag that HEAD told': resumedByTag,
}
