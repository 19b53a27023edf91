// The ledger among three and more who change one file at once: each is held by a lock that the test
// has, so that the others overtake it where chance would find it once in a million.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import type { World } from '../support/tracker-world.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertRowsSound } from './invariants.ts'

/** What this statement has locked or written is nobody else's until `release`, and undone then. */
async function hold(world: World, text: string, ...values: unknown[]) {
  const client = new pg.Client({ connectionString: world.databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query(text, values)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const isWaitedFor = async () => {
    const waiting = 'select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))'
    return (await world.sql(waiting, rows[0]?.pid)).length > 0
  }
  return {
    waited: () => untilTrue(isWaitedFor, `somebody to wait for: ${text}`),
    release: () => client.query('rollback'),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** Resolves when it is over, or waits for a lock. */
async function overOrWaiting(world: World, begin: () => Promise<unknown>) {
  let isOver = false
  const over = begin().finally(() => {
    isOver = true
  })
  const waiting = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query ~ 'delete from file'`
  const isDone = async () => isOver || (await world.sql(waiting)).length > 0
  await untilTrue(isDone, 'to be over or waiting')
  return { over }
}

test('a file that is deleted, had back and deleted again overtakes a report of it', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  await world.sql('update class set trash_s = 3600')
  const [gone, file, late] = [await world.put('x'), await world.put('a'), await world.put('y')]
  await world.call('DELETE', '/v1/domains/demo/files/x')
  const other = world.hosts
    .flatMap(({ deviceIds }) => deviceIds)
    .find((id) => id !== file.deviceId && id !== late.deviceId)
  assert.ok(other !== undefined)
  const remove = () => world.call('DELETE', '/v1/domains/demo/files/a')

  await using tomb = await hold(world, 'select from tombstone where fid = $1 for update', gone.fid)
  await using live = await hold(world, 'select from file where fid = $1 for update', late.fid)
  await using copy = await hold(world, 'insert into replica values ($1, $2)', late.fid, other)
  const fids = [gone.fid, file.fid, late.fid]
  const recorded = world.sql('select record_copies($1, $2)', fids, [other, other, other])
  await tomb.waited()
  await remove()
  await tomb.release() // it has seen no tombstone of the file, and goes on to the files
  await live.waited()
  await world.sql(`select from restore_file('demo', $1, null, null, null)`, file.fid)
  await live.release()
  await copy.waited() // it has seen the file, and is about to count its copies
  const removed = await overOrWaiting(world, remove)
  await copy.release()
  await allOf<unknown>([recorded, removed.over])
  await assertRowsSound(world)
})
