// `kill -9` of each part while files are being stored: what was acknowledged is there byte by byte,
// and of the rest nothing stays on a disk for longer than a sweep.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startPostgres } from '#infra/dev/postgres.ts'
import { Refusal } from '#shared/client/refusal.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { startAnotherTracker } from '#test/support/another-tracker.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { agentAt, localCluster } from '#test/support/local-cluster.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { Writers } from '#test/support/writers.ts'

const FILES = 60

test('whatever is killed, no acknowledged file is lost and no other byte is kept', async (t) => {
  await using dir = await tempDir()
  const dataDir = join(dir.path, 'postgres')
  await using parts = new AsyncDisposableStack()
  let postgres = await startPostgres({ dataDir }) // durable, as in production
  parts.defer(() => postgres.stop()) // whichever runs at the end, and after all that needs it
  const settings = { uploadMs: 5_000, downAfterMs: 2_000, leaseMs: 10_000 }
  const cluster = parts.use(await localCluster({ databaseUrl: postgres.url, settings }))

  const duringWrites = async (prefix: string, kill: () => Promise<void>) => {
    await using writers = new Writers(cluster.files, prefix)
    await writers.untilMore(FILES)
    await kill()
    await writers.untilMore(FILES)
    await writers.stop()
    await writers.expectNothingLost()
    for (const error of writers.failures)
      assert.ok(error instanceof Refusal || error instanceof Unreachable, String(error))
  }

  await t.test('an agent, which comes back on its root', () =>
    duringWrites('agent', async () => {
      const victim = agentAt(cluster, 0)
      victim.signal('SIGKILL')
      await victim.exited
      await cluster.restartAgent(victim.host)
    }),
  )
  await t.test('the tracker, which comes back at its port', () =>
    duringWrites('tracker', async () => {
      process.kill(cluster.tracker.pid, 'SIGKILL')
      const port = Number(new URL(cluster.tracker.url).port)
      parts.use(await startAnotherTracker(cluster, { kind: 'node', port }))
    }),
  )
  await t.test('Postgres, which comes back on its data', () =>
    duringWrites('postgres', async () => {
      await postgres.kill()
      postgres = await startPostgres({ dataDir, port: postgres.port })
    }),
  )
  await untilDisksMatch(cluster)
})
