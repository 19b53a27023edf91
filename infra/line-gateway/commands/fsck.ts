// Fsck (MogileFS Q25 to Q28), which has one run with a beginning that is asked for ahead: a run of
// ours is started with that, paused where MogileFS stops it, and goes on when it is started again.
import { hostname } from 'node:os'
import type { AdminClient } from '#shared/client/admin.ts'
import type { FsckRun, NewFsck } from '#shared/wire/fsck.ts'
import type { Fields } from '../codec.ts'
import { type Call, type Command, isTrue, NOTHING, wholeNumber } from '../command.ts'
import { LineRefusal } from '../refusals.ts'

/** What a reset asks for, and where the log begins: kept among MogileFS's settings. */
const POLICY_ONLY = 'fsck_opt_policy_only'
const START_AT = 'fsck_start_pos'
const LOG_CLEARED = 'fsck_log_cleared'
/** The run that was the last one when it was reset: it is told no more. */
const RESET_RUN = 'fsck_reset_run'
const LOG_PAGE = 100

async function read(admin: AdminClient) {
  const asked = [admin.fsck.list(), admin.mogilefsSettings.list()] as const
  const [{ runs, lastEventId }, kept] = await Promise.all(asked)
  const resetRun = Number(kept[RESET_RUN] ?? 0)
  const run = runs.find(({ fsckId }) => fsckId > 0 && fsckId > resetRun)
  return { run, newestId: runs[0]?.fsckId ?? 0, lastEventId, kept }
}

const isUnderWay = (run: FsckRun | undefined): run is FsckRun =>
  run?.state === 'running' || run?.state === 'paused'

export const startFsck: Command = {
  async run({ admin }) {
    const { run, kept } = await read(admin)
    if (run?.state === 'running') throw new LineRefusal('fsck_running')
    if (run?.state === 'paused') await admin.fsck.change(run.fsckId, 'running')
    else await admin.fsck.start(wanted(kept))
    return NOTHING
  },
}

function wanted(kept: Readonly<Record<string, string>>): Pick<NewFsck, 'check' | 'fromFid'> {
  const startAt = Number(kept[START_AT] ?? 0)
  return {
    check: checkOf(kept),
    ...(startAt > 0 && { fromFid: startAt + 1 }),
  }
}

function checkOf(kept: Readonly<Record<string, string>>): NewFsck['check'] {
  if (isTrue(kept[POLICY_ONLY])) return 'policy'
  return kept['fsck_checksum'] === 'off' ? 'sizes' : 'checksums'
}

export const stopFsck: Command = {
  async run({ admin }) {
    const { run } = await read(admin)
    if (run?.state === 'running') await admin.fsck.change(run.fsckId, 'paused')
    return NOTHING
  },
}

/** A run that is under way is ended: it would count on. */
export const resetFsck: Command = {
  async run({ args, admin }) {
    const { run, newestId } = await read(admin)
    const startAt = wholeNumber(args.get('startpos')) ?? 0
    await admin.mogilefsSettings.change({
      [POLICY_ONLY]: isTrue(args.get('policy_only')) ? '1' : '0',
      [START_AT]: String(startAt),
      [RESET_RUN]: String(newestId),
    })
    if (isUnderWay(run)) await admin.fsck.change(run.fsckId, 'stopped')
    return NOTHING
  },
}

export const fsckStatus: Command = {
  isRead: true,
  async run({ admin }) {
    const { run, lastEventId, kept } = await read(admin)
    const isRunning = run?.state === 'running'
    return {
      running: isRunning ? 1 : 0,
      host: isRunning ? hostname() : '',
      max_fid_checked: run === undefined ? Number(kept[START_AT] ?? 0) : checkedFid(run),
      policy_only: run === undefined ? (kept[POLICY_ONLY] ?? '0') : Number(run.check === 'policy'),
      end_fid: run === undefined ? 0 : Math.max(0, ...run.devices.map(({ lastFid }) => lastFid)),
      start_time: run === undefined ? null : seconds(run.startedAtMs),
      stop_time: run === undefined || isRunning ? null : seconds(run.changedAtMs),
      current_time: seconds(Date.now()),
      max_logid: lastEventId,
      ...countsOf(run),
    }
  },
}

function countsOf(run: FsckRun | undefined): Fields {
  const counts: Record<string, number> = {}
  for (const [code, count] of Object.entries(run?.counts ?? {})) counts[`num_${code}`] = count
  return counts
}

/** Every device is there at least. */
function checkedFid({ devices }: FsckRun): number {
  const checked = devices.map((each) => each.checkedFid)
  return checked.length === 0 ? 0 : Math.min(...checked)
}

const seconds = (ms: number) => Math.floor(ms / 1_000)

export const getFsckLog: Command = {
  isRead: true,
  async run(call) {
    const { events } = await call.admin.fsck.log({ after: await logBegin(call), limit: LOG_PAGE })
    const fields: Record<string, string | number> = { row_count: events.length }
    for (const [index, event] of events.entries()) {
      const its = `row_${index + 1}_`
      fields[`${its}logid`] = event.eventId
      fields[`${its}utime`] = seconds(event.atMs)
      fields[`${its}fid`] = event.fid
      fields[`${its}evcode`] = event.code
      fields[`${its}devid`] = event.deviceId ?? ''
    }
    return fields
  },
}

async function logBegin({ args, admin }: Call): Promise<number> {
  const cleared = Number((await admin.mogilefsSettings.list())[LOG_CLEARED] ?? 0)
  return Math.max(wholeNumber(args.get('after_logid')) ?? 0, cleared)
}

/** Others may still read what was found: it is only not told here again. */
export const clearFsckLog: Command = {
  async run({ admin }) {
    const { lastEventId } = await admin.fsck.list()
    await admin.mogilefsSettings.change({ [LOG_CLEARED]: String(lastEventId) })
    return NOTHING
  },
}
