// Files by their fid (MogileFS Q08 and Q10), and a copy by order (Q32).
import { systemClock } from '#shared/clock.ts'
import { Fid } from '#shared/ids.ts'
import { FIDS_DEFAULT_LIMIT, FIDS_MAX_LIMIT } from '#shared/limits.ts'
import { ticketInPath } from '#shared/ticket-in-path.ts'
import type { FidFacts } from '#shared/wire/fids.ts'
import { FileDetail } from '#shared/wire/files.ts'
import type { Fields } from '../codec.ts'
import { type Call, type Command, domainPath, NOTHING, needKey, wholeNumber } from '../command.ts'
import { COPY_WAIT_MS, LOOK_AT_COPY_MS } from '../limits.ts'
import { LineRefusal } from '../refusals.ts'

/** `from` is the last fid of the page before, `to` how many are wanted. */
export const listFids: Command = {
  isRead: true,
  async run({ args, admin }) {
    const after = numberIn(args, 'from')
    const count = numberIn(args, 'to')
    const limit = Math.min(count === 0 ? FIDS_DEFAULT_LIMIT : count, FIDS_MAX_LIMIT)
    const { files } = await admin.fids.list({ after, limit })
    const fields: Record<string, string | number> = { fid_count: files.length }
    for (const [index, file] of files.entries()) {
      const its = `fid_${index + 1}_`
      fields[`${its}fid`] = file.fid
      fields[`${its}domain`] = file.domain
      fields[`${its}class`] = file.class
      fields[`${its}key`] = file.key
      fields[`${its}length`] = file.bytes
      fields[`${its}devcount`] = file.copies
    }
    return fields
  },
}

function numberIn(args: Call['args'], name: string): number {
  const text = args.get(name) ?? ''
  return (text === '' ? 0 : wholeNumber(text)) ?? refuse('failure')
}

/** The rows that name a file, in MogileFS's words. A path can be fetched as it is. */
export const fileDebug: Command = {
  isRead: true,
  async run(call) {
    const fid = await fidOf(call)
    const facts = await call.admin.fids.facts(fid)
    if (facts.file === null && facts.upload === null && facts.tombstone === null)
      throw new LineRefusal('unknown_fid')
    return { ...fileFields(fid, facts), ...queueFields(fid, facts), ...copyFields(facts) }
  },
}

async function fidOf(call: Call): Promise<number> {
  const { args, tracker } = call
  const fid = Fid.safeParse(wholeNumber(args.get('fid')))
  if (fid.success) return fid.data
  if ((args.get('fid') ?? '') !== '') throw new LineRefusal('unknown_fid')
  const path = `${domainPath(args)}/info`
  const query = { key: await needKey(call) }
  return (await tracker.ask(FileDetail, { method: 'GET', path, query })).fid
}

function fileFields(fid: number, { file, upload, copies }: FidFacts): Fields {
  return {
    ...(file !== null && {
      fid_fid: fid,
      fid_dmid: file.domainId,
      fid_dkey: file.key,
      fid_length: file.bytes,
      fid_classid: file.classId,
      fid_devcount: copies.length,
    }),
    ...(upload !== null && {
      tempfile_fid: fid,
      tempfile_createtime: seconds(upload.createdAtMs),
      tempfile_classid: upload.classId,
      tempfile_dmid: upload.domainId,
      tempfile_dkey: upload.key,
      tempfile_devids: upload.deviceIds.join(),
    }),
  }
}

/** One row of each of MogileFS's queues at most, as it has them. */
function queueFields(fid: number, { shortfall, tombstone, jobs, moves }: FidFacts): Fields {
  const copy = jobs.find(({ kind }) => kind === 'replicate')
  const erasing = jobs.find(({ kind }) => kind === 'delete')
  const move = moves.find(({ rebalance }) => rebalance)
  const waiting = shortfall ?? (copy && { tryAtMs: copy.runAtMs, failures: copy.failures })
  return {
    ...(waiting && {
      replqueue_fid: fid,
      replqueue_nexttry: seconds(waiting.tryAtMs),
      replqueue_fromdevid: null,
      replqueue_failcount: waiting.failures,
      replqueue_flags: 0,
    }),
    ...((tombstone !== null || erasing !== undefined) && {
      delqueue_fid: fid,
      delqueue_nexttry: seconds(erasing?.runAtMs ?? tombstone?.eraseAtMs ?? 0),
      delqueue_failcount: erasing?.failures ?? 0,
    }),
    ...(move && { rebqueue_fid: fid, rebqueue_devid: move.deviceId, rebqueue_type: 2 }),
  }
}

function copyFields({ file, copies }: FidFacts): Fields {
  const fields: Record<string, string> = { devids: copies.map(({ deviceId }) => deviceId).join() }
  for (const { deviceId, url } of copies)
    if (url !== null) fields[`devpath_${deviceId}`] = ticketInPath(url)
  const checksum = file?.checksum ?? 'none'
  return { ...fields, checksum: checksum === 'none' ? 'NONE' : checksum }
}

const seconds = (ms: number) => Math.floor(ms / 1_000)

/** MogileFS copies the bytes itself; here the agent of the destination does, and is waited for. */
export const httpCopy: Command = {
  codes: { no_device: 'copy_err', invalid_request: 'copy_err' },
  async run({ args, admin, signal }) {
    const fid = wholeNumber(args.get('fid')) ?? refuse('copy_err')
    const deviceId = wholeNumber(args.get('ddevid')) ?? refuse('copy_err')
    await admin.fids.copy(fid, deviceId)
    const untilMs = performance.now() + COPY_WAIT_MS
    while (performance.now() < untilMs && !signal.aborted) {
      const { copies, jobs } = await admin.fids.facts(fid)
      if (copies.some((each) => each.deviceId === deviceId)) return NOTHING
      if (!jobs.some((each) => each.deviceId === deviceId)) break
      await systemClock.sleep(LOOK_AT_COPY_MS, signal)
    }
    return refuse('copy_err')
  },
}

function refuse(code: string): never {
  throw new LineRefusal(code)
}
