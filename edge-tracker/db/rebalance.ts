// The rebalance: one at a time, walking its sources in turns; what it finds becomes moves, in
// windows. A tracker that dies loses nothing: the cursors are here.
import * as z from 'zod'
import { DeviceId, HostId } from '#shared/ids.ts'
import { MAX_REFUSALS_TOLD } from '#shared/limits.ts'
import { Rebalance } from '#shared/wire/moving.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const RebalanceRow = Rebalance.extend({
  hosts: z.array(z.object({ hostId: HostId, name: z.string() })),
})

/** One row, always. */
export const readRebalance = () => statement(RebalanceRow)`
  select state, policy, files_moved as "filesMoved", bytes_moved as "bytesMoved",
    (select coalesce(sum(files_queued), 0)::float8 from rebalance_source) as "filesQueued",
    (select coalesce(sum(bytes_queued), 0)::float8 from rebalance_source) as "bytesQueued",
    (select count(*)::int from move where move.rebalance) as "filesWaiting",
    floor(extract(epoch from started_at) * 1000)::float8 as "startedAtMs",
    floor(extract(epoch from stopped_at) * 1000)::float8 as "stoppedAtMs",
    floor(extract(epoch from finished_at) * 1000)::float8 as "finishedAtMs",
    coalesce((
      select json_agg(json_build_object('deviceId', device_id, 'filesQueued', files_queued,
        'bytesQueued', bytes_queued, 'done', done) order by device_id) from rebalance_source
    ), '[]') as sources,
    coalesce((
      select json_agg(json_build_object('deviceId', device_id, 'reason', reason, 'files', files,
        'bytes', bytes)) from (
        select device_id, reason, files, bytes from refusal where refusal.rebalance
        order by files desc limit ${MAX_REFUSALS_TOLD}) as most
    ), '[]') as refused,
    coalesce((
      select json_agg(json_build_object('hostId', host_id, 'name', name)) from host), '[]') as hosts
  from rebalance`

const Holding = z.object({ deviceId: DeviceId, files: z.number(), bytes: z.number() })

/** Live files of which each device holds a copy, by the ledger. */
export const holdings = () => statement(Holding)`
  select device_id as "deviceId", sum(files)::float8 as files, sum(bytes)::float8 as bytes
  from placements() cross join unnest(device_ids) as device_id
  group by device_id`

const StateRow = z.object({ state: z.string() })

/**
 * Forgets how far it was, and takes another policy where one is given. Copies that are on their way
 * stay. Zero rows: it runs.
 */
export const resetRebalance = (who: Actor, policy?: string) => statement(StateRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), changed as (
    update rebalance set policy = coalesce(${policy ?? null}::text, policy), state = 'idle',
      files_left = null, bytes_left = null, files_moved = 0, bytes_moved = 0,
      started_at = null, stopped_at = null, finished_at = null
    from actor where state <> 'running'
    returning state
  ), forgotten as (
    delete from rebalance_source where exists (select from changed)
  ), untold as (
    delete from refusal where rebalance and exists (select from changed)
  ), called_off as (
    -- its other copy is there, or comes: the file may have one too many
    insert into shortfall (fid, reason, priority)
    select distinct fid, 'a move was called off', 3::smallint
    from move join file using (fid)
    where rebalance and replacements <> '{}' and exists (select from changed)
    on conflict (fid) do update set try_at = now(), version = shortfall.version + 1
  ), unmoved as (
    delete from move where rebalance and exists (select from changed)
  )
  select state from changed`

/** Goes on where it was stopped. Zero rows: it was not. */
export const resumeRebalance = (who: Actor) => statement(StateRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update rebalance set state = 'running', stopped_at = null from actor where state = 'stopped'
  returning state`

export interface Start {
  sources: readonly { deviceId: DeviceId; filesLeft: number | null; bytesLeft: number | null }[]
  filesLeft: number | null
  bytesLeft: number | null
}

/** Begins anew. Zero rows: it runs, is stopped, or has another policy than was planned for. */
export const startRebalance = (
  who: Actor,
  policy: string,
  { sources, filesLeft, bytesLeft }: Start,
) => statement(StateRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), started as (
    update rebalance set state = 'running', files_left = ${filesLeft}::bigint,
      bytes_left = ${bytesLeft}::bigint, files_moved = 0, bytes_moved = 0, started_at = now(),
      stopped_at = null, finished_at = null
    from actor where state in ('idle', 'finished') and policy = ${policy}
    returning state
  ), untold as (
    delete from refusal where rebalance and exists (select from started)
  ), old as (
    delete from rebalance_source
    where exists (select from started)
      and device_id <> all(${sources.map((each) => each.deviceId)}::int[])
  ), named as (
    insert into rebalance_source (device_id, files_left, bytes_left)
    select device_id, files_left, bytes_left
    from started, unnest(${sources.map((each) => each.deviceId)}::int[],
      ${sources.map((each) => each.filesLeft)}::bigint[],
      ${sources.map((each) => each.bytesLeft)}::bigint[]
    ) as source (device_id, files_left, bytes_left)
    on conflict (device_id) do update set at_fid = null, files_left = excluded.files_left,
      bytes_left = excluded.bytes_left, files_queued = 0, bytes_queued = 0, done = false,
      walked_at = '-infinity'
  )
  select state from started`

/** Its moves wait until it goes on. Zero rows: it does not run. */
export const stopRebalance = (who: Actor) => statement(StateRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update rebalance set state = 'stopped', stopped_at = now() from actor where state = 'running'
  returning state`

const WalkedRow = z.object({ queued: z.int(), drains: z.boolean() })

/**
 * A window of the source whose turn it is. Files are queued until a limit is reached, its own or
 * that of all sources, the file that reaches it included. Zero rows: nothing to walk now.
 */
// oxlint-disable-next-line max-lines-per-function -- one statement, whole (DESIGN: one round trip)
export const walkRebalance = (ask: {
  limit: number
  maxMoves: number
  oldestFirst: boolean
  drainDone: boolean
}) => statement(WalkedRow)`
  with running as (
    select files_left, bytes_left from rebalance
    where state = 'running'
      and (select count(*) from (select from move limit ${ask.maxMoves}) as m) < ${ask.maxMoves}
    for update skip locked
  ), source as (
    select device_id, at_fid,
      least(rebalance_source.files_left, running.files_left) as files_left,
      least(rebalance_source.bytes_left, running.bytes_left) as bytes_left
    from rebalance_source, running where not done
    order by walked_at, device_id limit 1 for update of rebalance_source skip locked
  ), held as (
    (select device_id, held.fid from source cross join lateral (
      select fid from replica
      where ${ask.oldestFirst} and replica.device_id = source.device_id
        and fid > coalesce(at_fid, 0)
      order by fid limit ${ask.limit}) as held)
    union all
    (select device_id, held.fid from source cross join lateral (
      select fid from replica
      where not ${ask.oldestFirst} and replica.device_id = source.device_id
        and fid < coalesce(at_fid, 9223372036854775807)
      order by fid desc limit ${ask.limit}) as held)
  ), sized as (
    select fid, bytes, row_number() over walk - 1 as files_before,
      sum(bytes) over walk - bytes as bytes_before
    from held join file using (fid)
    window walk as (order by case when ${ask.oldestFirst} then fid else -fid end)
  ), chosen as (
    select fid, bytes from sized, source
    where (files_left is null or files_before < files_left)
      and (bytes_left is null or bytes_before < bytes_left)
  ), queued as (
    insert into move (fid, device_id, rebalance)
    select fid, device_id, true from chosen, source
    on conflict (fid, device_id) do nothing
  ), sum as (
    select count(*) as files, coalesce(sum(bytes), 0) as bytes from chosen
  ), spent as (
    update rebalance set files_left = rebalance.files_left - sum.files,
      bytes_left = rebalance.bytes_left - sum.bytes
    from sum, source
  ), walked as (
    update rebalance_source as walking set walked_at = now(),
      at_fid = coalesce(case when ${ask.oldestFirst} then (select max(fid) from held)
        else (select min(fid) from held) end, source.at_fid),
      files_left = walking.files_left - sum.files, bytes_left = walking.bytes_left - sum.bytes,
      files_queued = files_queued + sum.files, bytes_queued = bytes_queued + sum.bytes,
      done = not exists (select from held)
        or coalesce(source.files_left <= sum.files or source.bytes_left <= sum.bytes, false)
    from source, sum where walking.device_id = source.device_id
    returning walking.device_id, done
  ), actor as (
    select set_config('mog.actor', '{"label": "rebalance"}', true)
  ), drained as (
    update device set state = 'drain' from walked, actor
    where ${ask.drainDone} and done and device.device_id = walked.device_id and state = 'alive'
    returning device.device_id
  )
  select sum.files::int as queued, exists(select from drained) as drains from sum, walked`

/** A rebalance is over with its last move. One row if it was over now. */
export const finishRebalance = () => statement(StateRow)`
  update rebalance set state = 'finished', finished_at = now()
  where state = 'running'
    and not exists (select from rebalance_source where not done)
    and not exists (select from move where move.rebalance)
  returning state`
