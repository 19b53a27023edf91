// How much an API key may still delete, as all trackers see it.
import * as z from 'zod'
import type { Settings } from '#shared/settings.ts'
import { statement } from './statement.ts'

const TakenRow = z.object({ granted: z.boolean(), endsInMs: z.number() })

export type BrakeSettings = Pick<Settings, 'deleteBrakeFiles' | 'deleteBrakeMs'>

/** One row: whether so many were granted, and when the span ends. Writers wait for one another. */
export const takeDeletions = (
  apiKeyId: number,
  many: number,
  { deleteBrakeFiles, deleteBrakeMs }: BrakeSettings,
) => statement(TakenRow)`
  with granted as (
    insert into deletion_budget as budget (api_key_id, began_at, taken)
    select api_key_id, now(), ${many}::int
    from api_key where api_key_id = ${apiKeyId} and ${many}::int <= ${deleteBrakeFiles}::int
    on conflict (api_key_id) do update set
      began_at = case when budget.began_at <= now() - ${deleteBrakeMs} * interval '1 ms'
        then now() else budget.began_at end,
      taken = excluded.taken
        + case when budget.began_at <= now() - ${deleteBrakeMs} * interval '1 ms'
          then 0 else budget.taken end
    where budget.began_at <= now() - ${deleteBrakeMs} * interval '1 ms'
      or budget.taken + excluded.taken <= ${deleteBrakeFiles}
    returning began_at
  ), known as (
    select began_at, true as granted from granted
    union all select began_at, false from deletion_budget
      where api_key_id = ${apiKeyId} and not exists (select from granted)
  )
  select coalesce(granted, false) as granted,
    coalesce(greatest(0, ${deleteBrakeMs} - extract(epoch from now() - began_at) * 1000)::float8,
      ${deleteBrakeMs}::float8) as "endsInMs"
  from (select 1) as one left join known on true`

const KeyRow = z.object({ apiKeyId: z.int() })

/** Zero rows: no such key. */
export const releaseBrake = (apiKeyId: number) => statement(KeyRow)`
  with gone as (
    delete from deletion_budget where api_key_id = ${apiKeyId}
  )
  select api_key_id as "apiKeyId" from api_key where api_key_id = ${apiKeyId}`
