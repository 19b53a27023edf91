// An empty database is filled from the disks: what they tell is laid down, judged, and made files
// of. The work is in functions (migration 0083), for each step must see the one before.
import * as z from 'zod'
import { Applied, Rebuild, RebuildFiles, type RebuildLoad } from '#shared/wire/rebuild.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

export const readRebuild = () => statement(Rebuild)`
  select state, definitions is not null as "isDefined", coalesce((
    select json_agg(json_build_object(
      'deviceId', device_id, 'loadedFid', loaded_fid, 'isWhole', is_whole) order by device_id)
    from rebuild_device), '[]') as devices
  from rebuild`

const Loaded = z.object({ loadedFid: z.number() })

/** Zero rows: a rebuild may not begin here, or the disk is another cluster's. */
export const loadRebuild = (load: RebuildLoad) => statement(Loaded)`
  select loaded_fid as "loadedFid" from rebuild_load(
    ${load.clusterId}::uuid, ${load.deviceId}::int,
    ${JSON.stringify(load.files.map(rowOf))}::jsonb, ${load.toFid}::bigint, ${load.isWhole},
    ${load.definitions === undefined ? null : JSON.stringify(load.definitions)}::jsonb,
    ${load.definitions === undefined ? 0 : (load.definedMs ?? 0)}::bigint)`

const rowOf = ({ fid, bytes, entry, readMs = 0, deletedMs = 0 }: RebuildLoad['files'][number]) => ({
  fid,
  bytes,
  entry,
  read_ms: readMs,
  deleted_ms: deletedMs,
})

/** A window of fids with what becomes of them. */
export const judgeRebuild = (after: number, limit: number) => statement(RebuildFiles)`
  with judged as materialized (
    select fid, domain, key, verdict from rebuild_verdicts(array(
      select fid from rebuild_file where fid > ${after} order by fid limit ${limit}))
  )
  select
    coalesce((select json_object_agg(verdict, files) from (
      select verdict, count(*) as files from judged group by verdict) as counted), '{}') as tally,
    coalesce((select json_agg(json_build_object('fid', fid, 'verdict', verdict,
      'domain', domain, 'key', key, 'deviceIds', array(select device_id from rebuild_copy
        where rebuild_copy.fid = judged.fid order by 1)) order by fid)
      from judged where verdict not in ('placeable', 'placed')), '[]') as unplaced,
    (select max(fid) from judged having count(*) = ${limit}) as "nextAfter"`

/** Zero rows: nothing was loaded, or no disk told what domains there are. */
export const applyRebuild = (who: Actor, limit: number) => statement(Applied)`
  select looked_at as "lookedAt", placed, is_done as "isDone"
  from rebuild_apply(${limit}::int, ${acting(who)}::text)`

/** What could not be placed is unknown from now on, and erased when it is next looked at. */
export const forgetRebuild = () => statement(z.object({ state: z.string() }))`
  with copies as (delete from rebuild_copy), files as (delete from rebuild_file),
    devices as (delete from rebuild_device)
  update rebuild set state = 'idle', cluster_id = null, definitions = null, defined_ms = 0,
    applied_fid = 0
  where state <> 'applying'
  returning state`
