// The database goes back in time by what happened since a copy of it was made. What the copy names
// is all there, byte by byte, where trash is kept for longer than what was lost; what it does not
// name is erased by the sweep; and no number of the lost time is given out again.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startPostgres } from '#infra/dev/postgres.ts'
import { afterRestore } from '#infra/restored.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { localCluster } from '#test/support/local-cluster.ts'
import { expectAll, manyContents, putAll } from '#test/support/many-files.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { untilTrue } from '#test/support/until-true.ts'

const run = promisify(execFile)
const FILES = 24
const settings = { uploadMs: 5_000, downAfterMs: 5_000, leaseMs: 2_000 }

test('the database is put back to a copy of some moments ago', async () => {
  await using dir = await tempDir()
  await using parts = new AsyncDisposableStack()
  const [dataDir, copyDir] = [join(dir.path, 'postgres'), join(dir.path, 'copy')]
  const fast = { fsync: 'off' }
  let postgres = await startPostgres({ dataDir, settings: fast })
  parts.defer(() => postgres.stop())
  const { port } = postgres
  const cluster = parts.use(await localCluster({ databaseUrl: postgres.url, settings }))
  const { files, admin } = cluster
  await admin.admin.classes.change('demo', 'default', { trashS: 600 })
  const kept = manyContents('kept', FILES)
  await putAll(files, kept)
  const copied = async (key: string) => (await files.info(key)).deviceIds.length === 2
  for (const key of kept.keys()) await untilTrue(() => copied(key), `${key} has two copies`)

  await postgres.stop()
  await run('cp', ['-a', dataDir, copyDir])
  await run('cp', ['-a', `${dataDir}.password`, `${copyDir}.password`])
  postgres = await startPostgres({ dataDir, port, settings: fast })

  const lost = manyContents('lost', FILES)
  await putAll(files, lost)
  const keys = [...kept.keys()]
  await putAll(files, new Map(keys.slice(0, 8).map((key) => [key, Buffer.from('overwritten')])))
  for (const key of keys.slice(8, 16)) await files.delete(key)
  const { fid: lastFid } = await files.put('the last of the lost', 'x')

  await postgres.stop()
  postgres = await startPostgres({ dataDir: copyDir, port, settings: fast })
  await afterRestore(postgres.url)

  await expectAll(files, kept)
  for (const key of lost.keys()) await assert.rejects(files.get(key), { code: 'unknown_key' })
  const after = manyContents('after', FILES)
  await putAll(files, after)
  const { fid } = await files.stat('after/0')
  assert.ok(fid > lastFid, 'no number is given twice')
  await untilDisksMatch(cluster)
  await expectAll(files, new Map([...kept, ...after]))
})
