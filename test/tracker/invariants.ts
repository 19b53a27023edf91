// What must hold of a cluster (DESIGN: invariants), asked of the database and of the disks.
import assert from 'node:assert/strict'
import type { World } from '../support/tracker-world.ts'

/** Every place as `FID on DEVICE`. */
type Places = ReadonlySet<string>

export const placesOnDisks = (world: World): Places =>
  new Set(
    world.hosts.flatMap(({ disks }) =>
      [...disks].flatMap(([deviceId, fids]) => [...fids].map((fid) => `${fid} on ${deviceId}`)),
    ),
  )

export async function placesIn(
  world: World,
  table: 'replica' | 'job',
  where = 'true',
): Promise<Places> {
  const rows = await world.sql<{ place: string }>(
    `select fid || ' on ' || device_id as place from ${table} where ${where}`,
  )
  return new Set(rows.map(({ place }) => place))
}

/** Holds at any moment, whatever is going on: each is one look at the database. */
export async function assertRowsSound(world: World): Promise<void> {
  const lost = await world.sql(`
    select key, fid from file
    where not exists (select from replica where replica.fid = file.fid)`)
  assert.deepEqual(lost, [], 'I3: a key points at a fid with at least one replica')

  const buriedAlive = await world.sql('select fid from file join tombstone using (fid)')
  assert.deepEqual(buriedAlive, [], 'what a key points at has no tombstone')

  const doomed = await world.sql(`
    select fid, device_id from job join replica using (fid, device_id)
    where kind = 'delete' and leased_until > now()`)
  assert.deepEqual(doomed, [], 'I4: no erasing is leased of what a replica names')

  const orphans = await world.sql(`
    select fid, device_id from replica
    where not exists (select from file where file.fid = replica.fid)
      and not exists (select from tombstone where tombstone.fid = replica.fid)`)
  assert.deepEqual(orphans, [], 'a replica is of a key, or of a tombstone')

  const pointless = await world.sql(`
    select fid, device_id from job
    where kind = 'replicate' and not exists (select from file where file.fid = job.fid)
      and not exists (select from tombstone where tombstone.fid = job.fid)`)
  assert.deepEqual(pointless, [], 'a copy is made of a key, or is about to be called off')
  await assertLedgerExact(world)
}

/** The ledger against a count of everything, in one look: what moves is moved in one go. */
async function assertLedgerExact(world: World): Promise<void> {
  const wrong = await world.sql(`
    with counted as (
      select class_id, device_ids, count(*) as files, sum(bytes) as bytes
      from (
        select class_id, bytes, array(
          select device_id from replica where replica.fid = file.fid order by 1) as device_ids
        from file) as lying
      group by class_id, device_ids
    )
    (select 'ledger' as by, class_id, device_ids, files, bytes::numeric from placements()
      except all select 'ledger', * from counted)
    union all
    (select 'count' as by, * from counted
      except all select 'count', class_id, device_ids, files, bytes from placements())`)
  assert.deepEqual(wrong, [], 'the ledger is what a count of all files says')
}

/** Holds whenever nobody is at work. */
export async function assertSound(world: World): Promise<void> {
  await assertRowsSound(world)
  const unknown: string[] = []
  const named = await world.sql<{ fid: number }>(`
    select fid from replica union select fid from upload union select fid from tombstone
    union select fid from job`)
  const fids = new Set(named.map(({ fid }) => String(fid)))
  for (const place of placesOnDisks(world))
    if (!fids.has(place.slice(0, place.indexOf(' ')))) unknown.push(place)
  assert.deepEqual(unknown, [], 'I7: every byte is named by a row')
}

/** Holds once nothing is left to do: every file has its copies, each on a host of its own. */
export async function assertSettled(world: World): Promise<void> {
  await assertSound(world)
  for (const table of ['job', 'tombstone', 'shortfall', 'upload'])
    assert.deepEqual(await world.sql(`select * from ${table}`), [], `no ${table} is left`)

  assert.deepEqual(
    [...placesOnDisks(world)].toSorted(),
    [...(await placesIn(world, 'replica'))].toSorted(),
    'what lies on the disks is what the database says',
  )
  const short = await world.sql(`
    select key, copies, count(distinct host_id) as hosts, count(*) as replicas
    from file join class using (class_id) join replica using (fid) join device using (device_id)
    group by key, copies having count(distinct host_id) <> copies or count(*) <> copies`)
  assert.deepEqual(short, [], 'every file has the copies of its class, on as many hosts')
}
