// The scratch share where the disk refuses in the middle of a change.
import assert from 'node:assert/strict'
import { readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startShare } from './support/share.ts'

test('a move that fails leaves what it was to replace', async () => {
  await using share = await startShare()
  await share.ask('PUT', 'news', { body: 'new' })
  await share.ask('MKCOL', 'd')
  await share.ask('PUT', 'd/file', { body: 'old' })
  await share.ask('MKCOL', 'd/collection')
  await share.ask('PUT', 'd/collection/member', { body: 'old' })
  const facts = join(share.root, 'files/d/.mog-facts')
  await rm(facts, { recursive: true })
  await symlink('/nowhere/at/all', facts) // nothing can be written there
  for (const name of ['file', 'collection']) {
    const destination = `${share.url}d/${name}`
    const moved = await share.ask('MOVE', 'news', { headers: { destination } })
    assert.equal(moved.status, 500)
  }
  assert.equal(await (await share.ask('GET', 'd/file')).text(), 'old')
  assert.equal(await (await share.ask('GET', 'd/collection/member')).text(), 'old')
  assert.equal(await (await share.ask('GET', 'news')).text(), 'new')
  assert.deepEqual(await readdir(join(share.root, 'aside')), [])
})
