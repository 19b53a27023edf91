// MogileFS goes on after an import: the next one takes what differs, and leaves alone what was done
// here meanwhile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillFiles, insertFiles, oldFile } from './old-cluster.ts'
import { ledgers, type OldWorld, oldWorld } from './old-world.ts'

const fileOf = async ({ rows }: OldWorld, fid: number) => {
  const [file] = await rows<{ key: string; class: string; checksum: string; devices: number[] }>(
    `select key, class.name as class, checksum,
      array(select device_id from replica where replica.fid = file.fid order by 1) as devices
    from file join class using (class_id) where fid = $1`,
    [fid],
  )
  return file
}
const keyOf = (fid: number) => oldFile(fid).key

async function imported(files = 200, ...without: number[]): Promise<OldWorld> {
  const world = await oldWorld()
  await fillFiles(world.old, 1, files)
  for (const fid of without)
    await world.old.run(
      `delete from file where fid = ${fid}; delete from file_on where fid = ${fid}`,
    )
  await world.import()
  return world
}

test('a run that finds nothing new writes nothing', async () => {
  await using world = await imported()
  const before = await world.rows('select max(change_id) from change')
  const report = await world.import()
  assert.deepEqual([report.added, report.changed, report.gone], [0, 0, 0])
  assert.deepEqual(await world.rows('select max(change_id) from change'), before)
})

test('what MogileFS stored, deleted, renamed, reclassed and replicated is taken', async () => {
  await using world = await imported()
  const { old } = world
  await fillFiles(old, 201, 210)
  await old.run('delete from file where fid in (5, 6); delete from file_on where fid in (5, 6)')
  await old.run(`update file set dkey = 'renamed' where fid = 8`)
  await old.run('update file set classid = 1 where fid = 9')
  await old.run(
    'insert into file_on values (7, 6); delete from file_on where fid = 11 and devid = 1',
  )
  await old.run(`insert into checksum values (9, 2, x'${'ab'.repeat(20)}')`)
  const report = await world.import()
  assert.deepEqual([report.added, report.changed, report.gone], [10, 4, 2])
  assert.ok(report.tally.isEqual, JSON.stringify(report.tally))
  assert.equal(await fileOf(world, 5), undefined)
  assert.equal((await fileOf(world, 8))?.key, 'renamed')
  const { checksum, class: its } = (await fileOf(world, 9)) ?? {}
  assert.deepEqual([checksum, its], [`SHA-1:${'ab'.repeat(20)}`, 'hashed'])
  assert.deepEqual((await fileOf(world, 7))?.devices, [2, 6])
  assert.deepEqual((await fileOf(world, 11))?.devices, [6])
  assert.deepEqual(...(await ledgers(world)))
})

test('keys that change places or are overwritten end where MogileFS has them', async () => {
  await using world = await imported(200, 31)
  const { old } = world
  await old.run(`update file set dkey = 'tmp' where fid = 20`)
  await old.run(`update file set dkey = '${keyOf(20).replaceAll("'", "''")}' where fid = 121`)
  await old.run(`update file set dkey = '${keyOf(121).replaceAll("'", "''")}' where fid = 20`)
  // overwritten: by a fid above, and by a low one whose upload was open for long
  await old.run(
    'delete from file where fid in (30, 131); delete from file_on where fid in (30, 131)',
  )
  await insertFiles(old, [{ ...oldFile(230), dmid: 1, key: keyOf(30) }])
  await insertFiles(old, [{ ...oldFile(31), key: keyOf(131) }])
  const report = await world.import()
  assert.ok(report.tally.isEqual, JSON.stringify(report.tally))
  assert.equal((await fileOf(world, 20))?.key, keyOf(121))
  assert.equal((await fileOf(world, 121))?.key, keyOf(20))
  assert.equal((await fileOf(world, 230))?.key, keyOf(30))
  assert.equal((await fileOf(world, 31))?.key, keyOf(131))
  assert.deepEqual(...(await ledgers(world)))
})

test('a file of ours keeps its key, and one that was deleted here stays deleted', async () => {
  await using world = await imported()
  const { old, rows } = world
  await rows(`delete from file where fid = 40`)
  await rows(`delete from file where fid in (41, 42)`)
  const [own] = await rows<{ fid: string }>(
    `insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select domain_id, $1, nextval('fid_sequence'), class_id, 1, 'none'
      from class join domain using (domain_id)
      where domain.name = 'pictures' and class.name = 'default' returning fid`,
    [keyOf(41)],
  )
  assert.ok(Number(own?.fid) > 100_000_000)
  await old.run('delete from file where fid = 42')
  await rows(`update file set key = $1 where fid = $2`, [keyOf(42), own?.fid])
  await insertFiles(old, [{ ...oldFile(242), dmid: 1, key: keyOf(42) }])

  const { tally } = await world.import()
  assert.equal(await fileOf(world, 40), undefined)
  assert.equal(await fileOf(world, 41), undefined)
  assert.equal(await fileOf(world, 242), undefined)
  assert.equal((await fileOf(world, Number(own?.fid)))?.key, keyOf(42))
  assert.deepEqual(
    tally.unmapped.map(({ reason, files }) => [reason, files]),
    [
      ['it was deleted here since', 2],
      ['its key was written here since', 1],
    ],
  )
})

test('files that cannot be files here are told, and taken when they can', async () => {
  await using world = await imported(20)
  const { old } = world
  await old.run(`insert into file values (24, 1, 'of no length', null, 0, 1)`)
  await old.run(`insert into file values (21, 7, 'of no domain', 1, 0, 1)`)
  await old.run(`insert into file values (22, 1, x'ff00', 1, 0, 1)`)
  await old.run(`insert into file values (23, 1, 'nowhere', 1, 77, 1)`)
  const { tally, notes } = await world.import()
  assert.ok(notes.includes('1 files of classes that are not there: they are of default'))
  assert.deepEqual(tally.unmapped.map(({ reason }) => reason).toSorted(), [
    'its domain 7 is not there',
    'its key is not utf-8 text',
    'its length is not known',
  ])
  assert.deepEqual(
    await world.rows('select fid::int from lost'),
    [{ fid: 23 }],
    'to be searched for',
  )
  assert.equal((await fileOf(world, 23))?.class, 'default', 'of a class that is not there')

  await assert.rejects(world.finish(), /Files do not map, and their bytes would be erased/)
  await old.run(
    `update file set dmid = 2 where fid = 21; update file set length = 1 where fid = 24`,
  )
  await old.run(`delete from file where fid = 22`)
  await world.import()
  assert.equal((await fileOf(world, 21))?.key, 'of no domain')
  assert.deepEqual(...(await ledgers(world)))
})

test("what was renamed here of MogileFS's is called again what it is called there", async () => {
  await using world = await imported(20)
  await world.rows(`update file set key = 'mine' where fid = 3`)
  await world.import()
  assert.equal((await fileOf(world, 3))?.key, keyOf(3))
})

test('MogileFS has room for new numbers, and more of it while none was used here', async () => {
  await using world = await oldWorld()
  await fillFiles(world.old, 1, 20)
  assert.equal((await world.import({ headroom: 10 })).lastFid, 30)
  await fillFiles(world.old, 21, 30)
  assert.equal((await world.import({ headroom: 10 })).lastFid, 30)
  await fillFiles(world.old, 31, 35)
  const { lastFid, tally } = await world.import({ headroom: 10 })
  assert.equal(lastFid, 45)
  assert.ok(tally.isEqual)

  await world.rows(`insert into tombstone (fid) values (nextval('fid_sequence'))`)
  await fillFiles(world.old, 36, 50)
  await assert.rejects(world.import({ headroom: 10 }), /fids up to 60 were given out here already/)
})

test('a device that is given up, there or here, keeps nobody from the end', async () => {
  await using world = await imported(60)
  await world.old.run(`update device set status = 'dead' where devid = 2`)
  await world.rows(`update device set state = 'dead' where device_id = 3`)
  const { tally } = await world.import()
  assert.ok(tally.isEqual, JSON.stringify(tally))
  const [{ copies } = {}] = await world.rows<{ copies: number }>(
    'select count(*)::int as copies from file where not exists ' +
      '(select from replica where replica.fid = file.fid)',
  )
  assert.equal(copies, 0, 'the last copy that is known stays known')
  await world.finish()
  const states = await world.rows<{ state: string }>(
    'select state from device where device_id in (2, 3)',
  )
  assert.deepEqual(states, [{ state: 'dead' }, { state: 'dead' }])
  assert.deepEqual(...(await ledgers(world)))
})
