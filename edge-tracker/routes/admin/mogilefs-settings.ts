// Settings that MogileFS's tools set and read back (MogileFS Q24): kept as they are said. What they
// mean here is for the line gateway to say.
import * as z from 'zod'
import { MogilefsSettings } from '#shared/wire/admin.ts'
import { listMogilefsSettings, writeMogilefsSettings } from '../../db/mogilefs-settings.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  const rows = await c.var.deps.db.all(listMogilefsSettings())
  const settings: MogilefsSettings = Object.fromEntries(
    rows.map(({ name, value }) => [name, value]),
  )
  return c.json(settings)
}

const Changes = z.record(MogilefsSettings.keyType, MogilefsSettings.valueType.nullable())

/** null forgets a setting. */
export async function change(c: TrackerContext): Promise<Response> {
  await c.var.deps.db.all(writeMogilefsSettings(await readJson(c, Changes)))
  return list(c)
}
