// The way back after a takeover: MogileFS gets what it gave, what was stored since, and what was
// changed; killed half way and gone on with, to each kind of database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExportReport, exportMogilefs } from '#infra/adoption/back/export-mogilefs.ts'
import { openWriter } from '#infra/adoption/back/open-writer.ts'
import { Ours } from '#infra/adoption/back/read-ours.ts'
import type { KeyEncoding } from '#infra/adoption/map-file.ts'
import { openSource } from '#infra/adoption/open-source.ts'
import { readFiles } from '#infra/adoption/read-files.ts'
import { skipMariadb, startMariadb } from './mariadb.ts'
import { fillCluster, fillFiles, mysqlDatabase } from './old-cluster.ts'
import { asked, type OldWorld, oldWorld, worldOf } from './old-world.ts'

const FILES = 300
const PAGE = 50

interface Way {
  replace?: boolean
  keyEncoding?: KeyEncoding
  /** Ends after so many pages, as a kill would between two of them. */
  pages?: number
}

async function giveBack(world: OldWorld, { pages, ...way }: Way): Promise<ExportReport> {
  await using ours = await Ours.open(world.databaseUrl)
  await using writer = await openWriter(world.old.dsn)
  const stop = new AbortController()
  let given = 0
  return await exportMogilefs(ours, writer, {
    keyEncoding: 'utf-8',
    pageFiles: PAGE,
    signal: stop.signal,
    onProgress: () => void (++given === pages && stop.abort()),
    ...way,
  })
}

async function filesThere(world: OldWorld) {
  await using source = await openSource(world.old.dsn)
  const files = await readFiles(source, 1, 10_000)
  return files.map(({ fid, length, hashtype, classid, dkey, devids, checksum }) => ({
    fid,
    length,
    hashtype,
    classid: Math.min(classid, 1), // numbers of classes are others
    dkey: Buffer.from(dkey, 'hex').toString('latin1'),
    devids: devids.toSorted((one, other) => one - other),
    checksum: checksum?.toLowerCase() ?? '',
  }))
}

async function rowsThere(world: OldWorld, sql: string) {
  await using source = await openSource(world.old.dsn)
  return await source.query(sql)
}

/** Of a file that MogileFS had: renamed, and another deleted; and a new one, of one copy. */
async function goOn({ rows }: OldWorld): Promise<void> {
  await rows(`update file set key = 'renamed' where fid = 3`)
  await rows('delete from file where fid = 4')
  await rows(`with stored as (
      insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select domain_id, key, nextval('fid_sequence'), class_id, 3, 'MD5:' || md5('new')
      from class join domain using (domain_id)
      cross join (values ('new'), (repeat('k', 256))) as named (key)
      where domain.name = 'pictures' and class.name = 'hashed' returning fid)
    insert into replica select fid, 3 from stored`)
}

async function expectWayBack(world: OldWorld, keyEncoding: KeyEncoding): Promise<void> {
  await fillFiles(world.old, 1, FILES)
  await world.import({ keyEncoding })
  await assert.rejects(giveBack(world, {}), /takeover was not finished/)
  await world.finish({ ...asked, keyEncoding })
  const before = await filesThere(world)
  await goOn(world)

  await assert.rejects(giveBack(world, { keyEncoding }), /has files already/)
  const cut = giveBack(world, { keyEncoding, replace: true, pages: 2 })
  await assert.rejects(cut, { name: 'AbortError' })
  assert.equal((await filesThere(world)).length, 2 * PAGE)
  const report = await giveBack(world, { keyEncoding })
  assert.equal(report.given, FILES - 2 * PAGE, 'it went on where it was')
  assert.deepEqual(report.left, { 'its key is longer than 255 characters': 1 })

  const after = await filesThere(world)
  const kept = before.filter(({ fid }) => fid !== 4)
  for (const file of kept) if (file.fid === 3) file.dkey = 'renamed'
  assert.deepEqual(after.slice(0, -1), kept)
  const stored = after.at(-1) ?? assert.fail()
  assert.ok(stored.fid > 100_000_000)
  assert.deepEqual([stored.dkey, stored.length, stored.devids, stored.hashtype], ['new', 3, [3], 1])
  const short = await rowsThere(world, 'select fid from file_to_replicate order by fid')
  assert.deepEqual(
    short.map(({ fid }) => Number(fid)),
    [7, stored.fid].filter((fid) =>
      after.some((file) => file.fid === fid && file.devids.length < 2),
    ),
  )
  const [upload] = await rowsThere(world, 'select fid from tempfile')
  assert.ok(Number(upload?.['fid']) > stored.fid, 'MogileFS numbers its next file above')
  const settings = await rowsThere(
    world,
    "select field from server_settings where field like '%edge%'",
  )
  assert.deepEqual(settings, [], 'nothing of the export is left')
}

for (const dialect of ['sqlite', 'postgres'] as const)
  test(`MogileFS gets back what it gave, and what was stored since, in ${dialect}`, async () => {
    await using world = await oldWorld(dialect)
    await expectWayBack(world, 'utf-8')
    await using source = await openSource(world.old.dsn)
    const classes = await source.query(
      `select namespace, classid, classname, mindevcount, hashtype
        from class join domain using (dmid)`,
    )
    assert.deepEqual(
      classes
        .map(({ namespace, classid, classname, mindevcount, hashtype }) =>
          [namespace, classname, classid, mindevcount, hashtype].map(String).join(' '),
        )
        .toSorted(),
      [
        'pictures default 0 2 null',
        'pictures hashed 1 2 1',
        'texts default 0 2 null',
        'texts many-things 1 10 null',
      ],
    )
  })

test('to MariaDB, with keys that are latin1', { skip: skipMariadb }, async () => {
  await using making = new AsyncDisposableStack()
  const { url } = making.use(await startMariadb())
  const old = making.use(await mysqlDatabase(url))
  await fillCluster(old)
  await using world = await worldOf(old, new AsyncDisposableStack())
  await expectWayBack(world, 'latin1')
})

test('what was changed while it was exported is not taken for the truth', async () => {
  await using world = await oldWorld()
  await fillFiles(world.old, 1, FILES)
  await world.import()
  await world.finish()
  await assert.rejects(giveBack(world, { replace: true, pages: 1 }), { name: 'AbortError' })
  await world.rows('delete from file where fid = 4')
  await assert.rejects(giveBack(world, {}), /Files were changed here/)
  await assert.rejects(giveBack(world, {}), /has files already/)
  assert.equal((await giveBack(world, { replace: true })).given, FILES - 1)
})

test('a cluster that never was MogileFS’s goes into a new database, hosts and all', async () => {
  await using world = await oldWorld()
  await world.rows(`with made as (
      insert into host (name, public_url) values ('node', 'http://10.1.2.3:7580') returning host_id)
    insert into device (host_id) select host_id from made`)
  await assert.rejects(giveBack(world, {}), /knows another cluster: its host 1 is alpha/)
  for (const table of ['host', 'device']) await world.old.run(`delete from ${table}`)
  const { notes } = await giveBack(world, {})
  assert.deepEqual(notes, ['host node is new there: mogstored is to listen at 10.1.2.3:7580'])
  const [host] = await rowsThere(world, 'select * from host join device using (hostid)')
  const { hostname, hostip, http_port: port, devid, weight } = host ?? assert.fail()
  assert.deepEqual([hostname, hostip, port, devid, weight], ['node', '10.1.2.3', 7580, 1, 100])
})
