// An empty database is filled from the disks: loaded, judged, applied window by window.
import { MAX_BATCH_BODY_BYTES, REBUILD_WINDOW } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { RebuildFilesQuery, RebuildLoad } from '#shared/wire/rebuild.ts'
import { first } from '../../db/db.ts'
import {
  applyRebuild,
  forgetRebuild,
  judgeRebuild,
  loadRebuild,
  readRebuild,
} from '../../db/rebuild.ts'
import { readJson, readQuery, type TrackerContext } from '../../request.ts'

export const status = async (c: TrackerContext): Promise<Response> =>
  c.json(await first(c.var.deps.db, readRebuild()))

export async function load(c: TrackerContext): Promise<Response> {
  const ask = await readJson(c, RebuildLoad, {}, MAX_BATCH_BODY_BYTES)
  const loaded = await first(c.var.deps.db, loadRebuild(ask))
  const { clusterId, deviceId } = ask
  if (loaded === undefined) throw new Problem('rebuild_refused', { clusterId, deviceId })
  return c.json(loaded)
}

export async function files(c: TrackerContext): Promise<Response> {
  const { after } = readQuery(c, RebuildFilesQuery)
  return c.json(await first(c.var.deps.db, judgeRebuild(after, REBUILD_WINDOW)))
}

export async function apply(c: TrackerContext): Promise<Response> {
  const { deps, caller } = c.var
  const applied = await first(deps.db, applyRebuild(caller, REBUILD_WINDOW))
  if (applied === undefined) throw await whyNot(c)
  deps.view.forget()
  return c.json(applied)
}

async function whyNot(c: TrackerContext): Promise<Problem> {
  const rebuild = await first(c.var.deps.db, readRebuild())
  const isLoaded = rebuild?.state === 'loading' || rebuild?.state === 'applying'
  return new Problem(isLoaded ? 'rebuild_undefined' : 'rebuild_refused', { state: rebuild?.state })
}

export async function forget(c: TrackerContext): Promise<Response> {
  const forgotten = await first(c.var.deps.db, forgetRebuild())
  if (forgotten === undefined) throw new Problem('rebuild_refused', { state: 'applying' })
  return c.json(forgotten)
}
