// An agent that stands still (SIGSTOP) while it holds leases, tickets and half a body, is given up,
// and wakes when its files have been overwritten, deleted and copied elsewhere: what it then does
// and says changes nothing (I6), and what it has on its disks is what the database says.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { untilDisksMatch } from '#test/support/disks.ts'
import { agentAt, hostsOf, localCluster } from '#test/support/local-cluster.ts'
import { expectAll, manyContents, putAll } from '#test/support/many-files.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { openUpload, putBytes, targetOf } from '#test/support/upload-steps.ts'

const FILES = 24
const settings = {
  uploadMs: 3_000,
  downAfterMs: 1_000,
  leaseMs: 1_000,
  rehomeAfterMs: 1_500,
  nodeTimeoutMs: 500,
}

/** Stores that were on their way to it wait for as long as the SDK is patient. */
const PATIENCE_MS = 300_000

test('an agent that wakes late changes nothing', { timeout: PATIENCE_MS }, async () => {
  await using cluster = await localCluster({ settings })
  const { files, agents } = cluster
  const zombie = agentAt(cluster, 1)
  const contents = new Map(manyContents('kept', FILES))
  const upload = await openUpload(cluster, 'never closed')
  const copying = putAll(files, contents)
  zombie.signal('SIGSTOP') // in the midst of it: with jobs, reports and bodies under way
  try {
    await copying
    for (const key of [...contents.keys()].filter((_, n) => n % 3 === 0)) {
      await files.put(key, randomBytes(500))
      contents.delete(key)
    }
    for (const key of [...contents.keys()].filter((_, n) => n % 3 === 0)) {
      await files.delete(key)
      contents.delete(key)
    }
    for (const key of contents.keys())
      await untilTrue(async () => {
        const hosts = hostsOf({ agents }, (await files.info(key)).deviceIds)
        return hosts.filter((host) => host !== zombie.host).length === 2
      }, `${key} is on the two others`)
  } finally {
    zombie.signal('SIGCONT')
  }
  await expectAll(files, contents)
  for (const [index] of upload.targets.entries()) {
    const answer = await putBytes(targetOf(upload, index).url, 'too late')
    assert.ok([201, 403].includes(answer.status), 'late, or just in time for the sweep')
  }
  await untilDisksMatch(cluster)
  await expectAll(files, contents)
})
