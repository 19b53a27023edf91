// Looking whether the bytes are what the rows say: begin, follow, pause, end (MogileFS Q25-Q28).
import * as z from 'zod'
import { fsckSentences } from '#shared/fsck-codes.ts'
import { Problem } from '#shared/problems.ts'
import {
  FsckChange,
  type FsckList,
  type FsckLog,
  FsckLogQuery,
  NewFsck,
} from '#shared/wire/fsck.ts'
import { first } from '../../db/db.ts'
import { changeFsck, countLost, listFsck, readFsckLog, startFsck } from '../../db/fsck.ts'
import { parse, readJson, readQuery, type TrackerContext } from '../../request.ts'

const FsckId = z.coerce.number().pipe(z.int32().min(0))

export async function list(c: TrackerContext): Promise<Response> {
  const { db, view } = c.var.deps
  const { downAfterMs } = (await view.get()).settings
  const [runs, lost] = await Promise.all([db.all(listFsck(downAfterMs)), first(db, countLost())])
  const { lastEventId = 0, searching = 0, gone = 0 } = lost ?? {}
  const answer: FsckList = { runs, lost: { searching, gone }, lastEventId }
  return c.json(answer)
}

export async function start(c: TrackerContext): Promise<Response> {
  const ask = await readJson(c, NewFsck)
  const started = await first(c.var.deps.db, startFsck(c.var.caller, ask))
  const { domain, class: its, deviceId } = ask
  if (started?.domainFound === false) throw new Problem('unreg_domain', { domain })
  if (started?.classFound === false) throw new Problem('unreg_class', { domain, class: its })
  if (started?.deviceFound === false) throw new Problem('no_device', { deviceId })
  return c.json({ fsckId: started?.fsckId }, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const fsckId = parse(FsckId, c.req.param('fsckId'))
  const wanted = await readJson(c, FsckChange)
  const outcome = await first(c.var.deps.db, changeFsck(c.var.caller, fsckId, wanted))
  if (outcome === undefined) throw new Problem('unknown_fsck', { fsckId })
  if (!outcome.changed)
    throw fsckId === 0
      ? new Problem('invalid_request', { problem: 'the scrub is paused, not stopped' })
      : new Problem('fsck_over', { fsckId })
  return c.json({ fsckId, ...wanted })
}

export async function log(c: TrackerContext): Promise<Response> {
  const ask = readQuery(c, FsckLogQuery)
  const rows = await c.var.deps.db.all(readFsckLog(ask))
  const events = rows.map((row) => Object.assign(row, { says: fsckSentences[row.code] }))
  const answer: FsckLog = { events, nextAfter: events.at(-1)?.eventId ?? ask.after }
  return c.json(answer)
}
