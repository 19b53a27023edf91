// What is waiting, and why. Every count stops at 10,000: none walks a table of millions.
import * as z from 'zod'
import { Stats } from '#shared/wire/admin.ts'
import { statement } from './statement.ts'

const COUNT_LIMIT = 10_000

export const readStats = () => statement(Stats)`
  select
    coalesce((
      select json_agg(json_build_object('reason', reason, 'files', files)) from (
        select reason, count(*) as files
        from (select reason from shortfall limit ${COUNT_LIMIT}) as short
        group by reason order by files desc) as by_reason
    ), '[]') as shortfalls,
    coalesce((
      select json_agg(json_build_object('host', name, 'kind', kind, 'jobs', jobs)) from (
        select name, kind, count(*) as jobs
        from (select host_id, kind from job limit ${COUNT_LIMIT}) as waiting
        join host using (host_id)
        group by name, kind order by name, kind) as by_host
    ), '[]') as jobs,
    (select count(*)::int from (select from tombstone limit ${COUNT_LIMIT}) as t) as tombstones,
    (select count(*)::int from (select from upload limit ${COUNT_LIMIT}) as u) as uploads,
    coalesce((
      select json_agg(json_build_object('sweep', name, 'note', note) order by name)
      from sweep where note is not null
    ), '[]') as notes`

export const Ping = z.object({ ok: z.boolean() })
export const ping = () => statement(Ping)`select true as ok`
