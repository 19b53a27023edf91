// Settings: all of them with their values, and changes to some (MogileFS Q24).
import * as z from 'zod'
import { Problem } from '#shared/problems.ts'
import { conflictIn, isSettingName, Settings } from '#shared/settings.ts'
import { writeSettings } from '../../db/settings.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json((await c.var.deps.view.get()).settings)
}

/** null takes a setting back to its default. */
export async function change(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const sent = await readJson(c, z.record(z.string(), z.unknown()))
  for (const [name, value] of Object.entries(sent)) {
    if (!isSettingName(name)) throw new Problem('not_writable', { setting: name })
    if (value !== null) parse(z.object({ [name]: Settings.shape[name] }), { [name]: value })
  }
  deps.view.forget()
  const { settings } = await deps.view.get()
  const conflict = conflictIn(Settings.parse({ ...settings, ...withoutNulls(sent) }))
  if (conflict !== undefined) throw new Problem('invalid_request', { problem: conflict })
  await deps.db.all(writeSettings(c.var.caller, sent))
  deps.view.forget()
  return list(c)
}

/** A setting that goes back to its default counts as that. */
const withoutNulls = (sent: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, value === null ? undefined : value]),
  )
