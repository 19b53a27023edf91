// Two trackers, the Worker and the one on Node, before one database: no client can tell which one
// it asked, not even right after it asked the other.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import type { DomainClient } from '#shared/client/domain.ts'
import { startAnotherTracker } from '#test/support/another-tracker.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { localCluster } from '#test/support/local-cluster.ts'
import { expectAll, expectFile, manyContents } from '#test/support/many-files.ts'

const TURNS = 20
const WRITERS = 12

test('what was closed at one tracker is there at the other, at once', async (t) => {
  await using cluster = await localCluster({ trackerKind: 'worker' })
  await using second = await startAnotherTracker(cluster, { kind: 'node' })
  const key = cluster.description.clientKey
  const one = cluster.files
  const other = connect({ url: second.url, key }).domain('demo')
  const bothWays = [
    [one, other],
    [other, one],
  ] as const

  await t.test('read, stat, list and delete after close', async () => {
    for (let turn = 0; turn < TURNS; turn++)
      for (const [writer, reader] of bothWays) await storeAndLook(writer, reader, `turn/${turn}`)
  })
  await t.test('an overwrite is seen whole by both', async () => {
    for (const [writer, reader] of bothWays) {
      const content = randomBytes(10_000)
      const { fid } = await writer.put('overwritten', content)
      await expectFile(reader, 'overwritten', content)
      assert.equal((await reader.stat('overwritten')).fid, fid)
    }
  })
  await t.test('writers at both make one namespace', async () => {
    const contents = manyContents('mixed', WRITERS * 2)
    const written = [...contents].map(([name, content], n) =>
      (n % 2 === 0 ? one : other).put(name, content),
    )
    await Promise.all(written)
    for (const reader of [one, other]) await expectAll(reader, contents)
    assert.deepEqual(await keysOf(one, 'mixed/'), [...contents.keys()].toSorted())
    assert.deepEqual(await keysOf(other, 'mixed/'), await keysOf(one, 'mixed/'))
  })
  await t.test('writers of one key at both: one wins, for both', async () => {
    const written = await Promise.all(
      Array.from({ length: WRITERS }, (_, n) =>
        (n % 2 === 0 ? one : other).put('raced', randomBytes(n)),
      ),
    )
    const [{ fid, bytes }, seen] = await Promise.all([one.stat('raced'), other.stat('raced')])
    assert.equal(seen.fid, fid)
    assert.equal(written.find((each) => each.fid === fid)?.bytes, bytes)
    const replaced = written.map(({ replacedFid }) => replacedFid).filter((each) => each !== null)
    assert.equal(new Set(replaced).size, WRITERS - 1, 'all others were replaced, each once')
  })
  await untilDisksMatch(cluster)
})

async function storeAndLook(writer: DomainClient, reader: DomainClient, key: string) {
  const content = randomBytes(1_000)
  const { fid } = await writer.put(key, content)
  await expectFile(reader, key, content)
  assert.equal((await reader.stat(key)).fid, fid)
  assert.deepEqual(await keysOf(reader, key), [key])
  await reader.delete(key)
  await assert.rejects(writer.get(key), { code: 'unknown_key' })
  assert.deepEqual(await keysOf(writer, key), [])
}

async function keysOf(files: DomainClient, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const page of files.list({ prefix, limit: 10 }))
    keys.push(...page.files.map(({ key }) => key))
  return keys
}
