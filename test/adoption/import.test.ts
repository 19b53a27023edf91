// A MogileFS cluster is taken over: killed half way and gone on with, it ends with equal counts,
// and every file is where it was. MOGILE_TEST_ADOPTED_FILES files, or 10,000.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pgDb } from '#infra/serve/pg-db.ts'
import { DeviceId } from '#shared/ids.ts'
import { sweepInventory } from '#tracker/db/devices.ts'
import { markFids } from '#tracker/db/sweeps.ts'
import { DEVICES, fillFiles, oldFile } from './old-cluster.ts'
import { killedImport, ledgers, oldWorld } from './old-world.ts'

const FILES = Number(process.env['MOGILE_TEST_ADOPTED_FILES'] ?? 10_000)
const PAGES = 40
const timeout = 60_000 + FILES

for (const dialect of ['sqlite', 'postgres'] as const)
  test(`${FILES} files from ${dialect}, killed half way and gone on with`, {
    timeout,
  }, async (t) => {
    await using world = await oldWorld(dialect)
    await fillFiles(world.old, 1, FILES)
    const pageFiles = Math.ceil(FILES / PAGES)
    await killedImport(world, pageFiles, PAGES / 2)
    const [half] = await world.rows<{ next_fid: string }>('select next_fid from adoption')
    assert.ok(Number(half?.next_fid) > 1 && Number(half?.next_fid) <= FILES, half?.next_fid)

    const startMs = performance.now()
    const report = await world.import()
    const rest = FILES - Number(half?.next_fid) + 1
    const rate = Math.round((rest / (performance.now() - startMs)) * 1_000)
    t.diagnostic(`${rest} files at ${rate} a second`)

    assert.ok(report.tally.isEqual, JSON.stringify(report.tally))
    assert.equal(report.tally.ours.files, FILES)
    assert.deepEqual(...(await ledgers(world)))
    for (let fid = 1; fid <= FILES; fid += Math.ceil(FILES / 101)) {
      const [file] = await world.rows(
        `select key, bytes::int, checksum, domain.name as domain, class.name as class,
          array(select device_id from replica where replica.fid = file.fid order by 1) as devices
        from file join domain using (domain_id) join class using (class_id) where fid = $1`,
        [fid],
      )
      const want = oldFile(fid)
      assert.deepEqual(file, {
        key: want.key,
        bytes: want.bytes,
        checksum: want.md5 === undefined ? 'none' : `MD5:${want.md5}`,
        domain: want.dmid === 1 ? 'pictures' : 'texts',
        class: want.classid === 1 ? 'hashed' : 'default',
        devices: want.devids.toSorted((a, b) => a - b),
      })
    }
    const [news] = await world.rows('select count(*)::int as count from change')
    assert.deepEqual(news, { count: FILES }, 'each file is told in the feed, once')
  })

test('hosts, classes and zones are what they were, and devices are read-only', async () => {
  await using world = await oldWorld()
  const { notes } = await world.import()
  assert.deepEqual(await world.rows('select host_id, name, state from host order by 1'), [
    { host_id: 1, name: 'alpha', state: 'alive' },
    { host_id: 2, name: 'beta', state: 'alive' },
    { host_id: 5, name: 'gamma', state: 'down' },
  ])
  const devices = await world.rows<{ device_id: number; state: string }>(
    'select device_id, state from device order by 1',
  )
  assert.equal(devices.length, DEVICES + 1)
  assert.ok(
    devices.every(({ device_id, state }) => state === (device_id === 9 ? 'dead' : 'readonly')),
  )
  assert.deepEqual(
    await world.rows(`select domain.name as domain, class.name, copies, policy, checksum_kind
      from class join domain using (domain_id) order by 1, 2`),
    [
      ['pictures', 'default', 2, 'MultipleHosts()', 'SHA-256'],
      ['pictures', 'hashed', 2, 'MultipleHosts()', 'MD5'],
      ['texts', 'default', 2, 'MultipleHosts()', 'SHA-256'],
      ['texts', 'many-things', 10, 'MultipleHosts()', 'SHA-256'],
    ].map(([domain, name, copies, policy, checksum_kind]) => ({
      domain,
      name,
      copies,
      policy,
      checksum_kind,
    })),
  )
  assert.deepEqual(await world.rows(`select value from setting where name = 'networkZones'`), [
    { value: 'near=10.0.0.0/16;far=10.1.0.0/16' },
  ])
  assert.match(notes.join('\n'), /"many things" of texts asks for 40 copies, and gets 10/)
  assert.match(notes.join('\n'), /host "beta" has the second address 192\.168\.0\.2/)
  assert.match(notes.join('\n'), /settings without a meaning here: memcache_servers/)
  const next = await world.rows<{ host_id: number }>(
    `insert into host (name) values ('delta') returning host_id`,
  )
  assert.deepEqual(next, [{ host_id: 6 }])
})

test('another database than the one before deletes nothing without a word', async () => {
  await using world = await oldWorld()
  await fillFiles(world.old, 1, 300)
  await world.import()
  await world.old.run('delete from file')
  await assert.rejects(world.import(), /300 of 300 files are not in that database any more/)
  assert.deepEqual(await world.rows('select count(*)::int as count from file'), [{ count: 300 }])
  await world.import({ allowGone: true })
  assert.deepEqual(await world.rows('select count(*)::int as count from file'), [{ count: 0 }])
  assert.deepEqual(...(await ledgers(world)))
})

test('two imports at once: one goes on, the other ends', async () => {
  await using world = await oldWorld()
  await fillFiles(world.old, 1, 3_000)
  const both = await Promise.allSettled([
    world.import({ pageFiles: 100 }),
    world.import({ pageFiles: 100 }),
  ])
  const ended = both.filter(({ status }) => status === 'rejected')
  assert.ok(ended.length <= 1)
  for (const each of ended)
    assert.match(String(each.status === 'rejected' && each.reason), /Another import is under way/)
  assert.deepEqual(await world.rows('select count(*)::int as count from file'), [{ count: 3_000 }])
  assert.deepEqual(...(await ledgers(world)))
})

test("until the end no bytes are nobody's: MogileFS may have stored them just now", async () => {
  await using world = await oldWorld()
  await fillFiles(world.old, 1, 20)
  await world.import()
  await using db = pgDb(world.databaseUrl)
  await world.rows(`update host set credential_hash = 'alpha' where host_id = 1`)
  assert.deepEqual(await db.all(markFids(0)), [], 'no mark comes')
  const range = { deviceId: DeviceId.parse(1), fromFid: 1, toFid: 1_000, fids: [900] }
  assert.deepEqual(await db.all(sweepInventory('alpha', range)), [])
  // a tracker that had begun to mark before the import ends after it
  await world.rows(`insert into fid_mark (fid, settled_at) values (100001000, now())`)
  assert.deepEqual(await db.all(sweepInventory('alpha', range)), [])
  const findings = JSON.stringify([{ code: 'UNKN', fid: 900 }])
  await world.rows(
    `update look set done_at = null, next_fid = 1, last_fid = 1000 where device_id = 1`,
  )
  await world.rows(`select take_findings(0, 1, 1, 1000, 0, 0, $1)`, [findings])
  assert.deepEqual(await world.rows('select from job'), [])

  await world.rows('delete from fid_mark where fid = 100001000')
  await world.finish()
  const [swept] = await db.all(sweepInventory('alpha', range))
  assert.equal(swept?.strays, 1)
  await assert.rejects(world.import(), /finished its takeover/)
})
