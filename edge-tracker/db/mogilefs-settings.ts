// Settings as MogileFS's tools know them: kept for them, word for word.
import * as z from 'zod'
import { statement } from './statement.ts'

const SettingRow = z.object({ name: z.string(), value: z.string() })
const NameRow = z.object({ name: z.string() })

export const listMogilefsSettings = () => statement(SettingRow)`
  select name, value from mogilefs_setting order by name`

/** null forgets a setting. */
export const writeMogilefsSettings = (settings: Readonly<Record<string, string | null>>) =>
  statement(NameRow)`
  with sent as (
    select key as name, value from jsonb_each_text(${JSON.stringify(settings)}::jsonb)
  ), forgotten as (
    delete from mogilefs_setting using sent
    where mogilefs_setting.name = sent.name and sent.value is null
  )
  insert into mogilefs_setting (name, value) select name, value from sent where value is not null
  on conflict (name) do update set value = excluded.value
  returning name`
