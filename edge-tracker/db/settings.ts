// Settings that differ from their default.
import * as z from 'zod'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const NameRow = z.object({ name: z.string() })

/** null forgets the setting. */
export const writeSettings = (who: Actor, settings: Readonly<Record<string, unknown>>) =>
  statement(NameRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), sent as (
    select key as name, value from jsonb_each(${JSON.stringify(settings)}::jsonb), actor
  ), forgotten as (
    delete from setting using sent where setting.name = sent.name and sent.value = 'null'
  )
  insert into setting (name, value) select name, value from sent where value <> 'null'
  on conflict (name) do update set value = excluded.value, changed_at = now()
  returning name`
