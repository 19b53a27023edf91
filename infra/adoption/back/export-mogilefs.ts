// The way back: fills a MogileFS database from ours, in pages. Where it stands is in that database:
// killed, it goes on from there. Ours is only read. Nothing else may write to either meanwhile.
import { FIDS_ROOM, PAGE_FILES_BACK } from '../limits.ts'
import type { KeyEncoding } from '../map-file.ts'
import { AdoptionRefusal } from '../refusal.ts'
import { type Cursor, clearCursor, readCursor, writeCursor } from './cursor.ts'
import { expectStrangers, fillCluster } from './fill-cluster.ts'
import { type Back, mapClassesBack, mapFileBack, type OldFileRow } from './map-back.ts'
import type { OurFile, Ours } from './read-ours.ts'
import { atOnce, insertRows, type Writer } from './writer.ts'

export interface ExportOptions {
  keyEncoding: KeyEncoding
  /** What is in that database goes. */
  replace?: boolean
  pageFiles?: number
  /** How many more files were looked at. */
  onProgress?: (files: number) => void
  signal?: AbortSignal
}

export interface ExportReport {
  /** This run's own: one that goes on with another's counts what is left. */
  given: number
  copies: number
  /** Files that have no place there, by reason. */
  left: Record<string, number>
  notes: string[]
  /** Uploads there are numbered above. */
  lastFid: number
}

/** All that MogileFS keeps of files, and of work on them. */
const EMPTIED = [
  'file',
  'file_on',
  'checksum',
  'tempfile',
  'file_to_replicate',
  'file_to_delete',
  'file_to_delete2',
]

export async function exportMogilefs(
  ours: Ours,
  writer: Writer,
  options: ExportOptions,
): Promise<ExportReport> {
  const adoption = await ours.adoption()
  if (adoption?.isFinished === false)
    throw new AdoptionRefusal(
      'The takeover was not finished: MogileFS has all that it had',
      'Its database was never changed. Start its trackers.',
    )
  const cursor = (await readCursor(writer)) ?? (await begin(ours, writer, options.replace === true))
  await expectStill(ours, writer, cursor)
  const cluster = await ours.cluster()
  if (adoption === undefined) await expectStrangers(writer, cluster)
  const back = mapClassesBack(cluster)
  const notes = [...back.notes, ...(await fillCluster(writer, cluster, back))]
  const report = { given: 0, copies: 0, left: {}, notes }
  await giveFiles(ours, writer, { back, cursor, options, report })

  const lastFid = (await expectStill(ours, writer, cursor)) + FIDS_ROOM
  await raiseFids(writer, lastFid)
  await clearCursor(writer)
  return { ...report, lastFid }
}

/** The last fid that was given here. Refused where the namespace has changed since the cursor. */
async function expectStill(ours: Ours, writer: Writer, cursor: Cursor): Promise<number> {
  const { changeId, lastFid } = await ours.position()
  if (changeId === cursor.changeId) return lastFid
  await clearCursor(writer) // what was written is of no use to a later run
  throw new AdoptionRefusal(
    'Files were changed here since the export began: what is there is of no use',
    'Stop the trackers and the line gateways, and begin anew with --replace.',
  )
}

async function begin(ours: Ours, writer: Writer, replace: boolean): Promise<Cursor> {
  const [row] = await writer.query('select fid from file limit 1')
  if (row !== undefined && !replace)
    throw new AdoptionRefusal(
      'That database has files already',
      'Back it up; --replace empties its tables of files and of work, and fills them.',
    )
  for (const table of EMPTIED) await writer.query(writer.words.empty(table))
  const cursor = { nextFid: 1, changeId: (await ours.position()).changeId }
  await writeCursor(writer, cursor)
  return cursor
}

interface Giving {
  back: Back
  cursor: Cursor
  options: ExportOptions
  report: { given: number; copies: number; left: Record<string, number> }
}

async function giveFiles(ours: Ours, writer: Writer, giving: Giving): Promise<void> {
  const { back, cursor, report } = giving
  const { keyEncoding, pageFiles = PAGE_FILES_BACK, onProgress, signal } = giving.options
  let { nextFid } = cursor
  for (;;) {
    signal?.throwIfAborted()
    const page = await ours.files(nextFid, pageFiles)
    const last = page.at(-1)
    if (last === undefined) return
    const rows = placed(page, back, keyEncoding, report.left)
    const [from, next] = [nextFid, { ...cursor, nextFid: last.fid + 1 }]
    await atOnce(writer, async () => {
      await givePage(writer, { fromFid: from, toFid: last.fid }, rows)
      await writeCursor(writer, next)
    })
    ;({ nextFid } = next)
    report.given += rows.length
    report.copies += rows.reduce((sum, { devids }) => sum + devids.length, 0)
    onProgress?.(page.length)
  }
}

function placed(
  page: readonly OurFile[],
  back: Back,
  encoding: KeyEncoding,
  left: Record<string, number>,
): OldFileRow[] {
  return page.flatMap((file) => {
    const row = mapFileBack(file, back, encoding)
    if (typeof row !== 'string') return [row]
    left[row] = (left[row] ?? 0) + 1
    return []
  })
}

/** Twice is as once, also where the tables know no transactions. */
async function givePage(
  writer: Writer,
  { fromFid, toFid }: { fromFid: number; toFid: number },
  rows: readonly OldFileRow[],
): Promise<void> {
  const { key, checksum } = writer.words
  for (const table of ['file', 'file_on', 'checksum', 'file_to_replicate'])
    await writer.query(`delete from ${table} where fid between ? and ?`, [fromFid, toFid])
  const file = { fid: '?', dmid: '?', dkey: key, length: '?', classid: '?', devcount: '?' }
  await insertRows(
    writer,
    'file',
    file,
    rows.map((row) => [row.fid, row.dmid, row.dkey, row.length, row.classid, row.devids.length]),
  )
  await insertRows(
    writer,
    'file_on',
    { fid: '?', devid: '?' },
    rows.flatMap(({ fid, devids }) => devids.map((devid) => [fid, devid])),
  )
  await insertRows(
    writer,
    'checksum',
    { fid: '?', hashtype: '?', checksum },
    rows.flatMap((row) =>
      row.hashtype === null ? [] : [[row.fid, row.hashtype, row.checksum] as const],
    ),
  )
  await insertRows(
    writer,
    'file_to_replicate',
    { fid: '?', nexttry: '?' },
    rows.flatMap(({ fid, isShort }) => (isShort ? [[fid, 0] as const] : [])),
  )
}

/** A fid is never given twice: bytes of ours may lie under any up to here. */
async function raiseFids(writer: Writer, fid: number): Promise<void> {
  const sql = writer.words.raiseFids(fid)
  if (sql !== undefined) await writer.query(sql)
  await writer.query('delete from tempfile where fid = ?', [fid])
  await insertRows(
    writer,
    'tempfile',
    { fid: '?', createtime: '?', classid: '?', dmid: '?', dkey: '?', devids: '?' },
    [[fid, Math.floor(Date.now() / 1_000), 0, 0, '', '']],
  )
}
