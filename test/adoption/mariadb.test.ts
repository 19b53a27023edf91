// MogileFS's most common database: keys are bytes, and what they mean is not what the column says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipMariadb, startMariadb } from './mariadb.ts'
import { fillCluster, fillFiles, mysqlDatabase, oldFile } from './old-cluster.ts'
import { killedImport, ledgers, worldOf } from './old-world.ts'

const FILES = 4_000

test('files from MariaDB, killed half way and gone on with', { skip: skipMariadb }, async () => {
  await using making = new AsyncDisposableStack()
  const { url } = making.use(await startMariadb())
  const old = making.use(await mysqlDatabase(url))
  await fillCluster(old)
  await fillFiles(old, 1, FILES)
  await using world = await worldOf(old, new AsyncDisposableStack())
  await killedImport(world, 200, 10)
  const half = await world.import()
  const unread = half.tally.unmapped.map(({ reason, files }) => [reason, files])
  assert.deepEqual(unread, [['its key is not utf-8 text', FILES]], 'they are latin1')
  assert.ok(half.tally.isEqual)

  const { tally, added } = await world.import({ keyEncoding: 'latin1' })
  assert.ok(tally.isEqual, JSON.stringify(tally))
  assert.equal(added, FILES)
  assert.deepEqual(
    await world.rows('select key, checksum from file where fid in (7, 10) order by fid'),
    [
      { key: oldFile(7).key, checksum: 'none' },
      { key: oldFile(10).key, checksum: `MD5:${oldFile(10).md5}` },
    ],
  )
  assert.deepEqual(...(await ledgers(world)))
})
