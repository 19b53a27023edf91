// Which run of fsck is meant, and how far it is, in words and bars.
import type { AdminClient } from '#shared/client/admin.ts'
import type { FsckProgress, FsckRun } from '#shared/wire/fsck.ts'
import { wholeNumber } from './arguments.ts'
import { humanBytes, humanMs, humanTime } from './human-units.ts'
import { barOf } from './progress-bar.ts'
import { type Column, facts, table } from './table.ts'
import { UsageError } from './usage-error.ts'

export const SCRUB = 0

/** `scrub`, a number, or nothing: the newest run that a person began. */
export async function chooseRun(admin: AdminClient, text: string | undefined): Promise<FsckRun> {
  const wanted = text === undefined || text === 'scrub' ? SCRUB : wholeNumber('RUN', text, 0)
  const { runs } = await admin.fsck.list()
  const run = runs.find(({ fsckId }) => (text === undefined ? fsckId !== SCRUB : fsckId === wanted))
  if (run === undefined)
    throw new UsageError(`There is no run ${text ?? 'yet'}`, 'mog fsck status, mog fsck start')
  return run
}

export const nameOf = ({ fsckId }: FsckRun): string =>
  fsckId === SCRUB ? 'the scrub' : `run ${fsckId}`

/** Of all devices together, each by its own share. */
export const shareOf = ({ devices }: FsckRun): number =>
  devices.length === 0 ? 1 : devices.reduce((sum, { share }) => sum + share, 0) / devices.length

export function runText(run: FsckRun): string {
  const counts = Object.entries(run.counts).map(([code, events]) => `${code} ${events}`)
  const isOver = run.state === 'done' || run.state === 'stopped'
  const head = facts([
    [nameOf(run), `${run.state} since ${humanTime(run.changedAtMs)}`],
    ['looks at', `${run.check} of ${scopeOf(run)}${paceOf(run)}`],
    ['found', counts.length === 0 ? 'nothing' : counts.join(', ')],
  ])
  return isOver && run.devices.every(({ doneAtMs }) => doneAtMs !== null)
    ? head
    : `${head}\n\n${table(columns, run.devices.map(rowOf))}`
}

const columns: readonly Column[] = [
  ['DEVICE', 'right'],
  ['HOST'],
  ['LOOKED AT'],
  ['FILES', 'right'],
  ['BYTES', 'right'],
  ['LEFT'],
]

const rowOf = (progress: FsckProgress): string[] => [
  progress.deviceId === null ? '-' : String(progress.deviceId),
  progress.host ?? 'trackers: policies',
  barOf(progress.share),
  String(progress.files),
  humanBytes(progress.bytes),
  leftOf(progress),
]

function leftOf({ share, startedAtMs, doneAtMs, waits }: FsckProgress): string {
  if (doneAtMs !== null) return `done ${humanTime(doneAtMs)}`
  if (waits !== null) return waits
  const tookMs = Date.now() - startedAtMs
  return share < MIN_SHARE ? '?' : humanMs((tookMs / share) * (1 - share))
}

/** Before so much is done, nobody knows how long the rest takes. */
const MIN_SHARE = 0.01

function scopeOf({ domain, class: its, prefix, deviceId }: FsckRun): string {
  const parts = [
    ...(domain === null ? [] : [`domain ${domain}`]),
    ...(its === null ? [] : [`class ${its}`]),
    ...(prefix === null ? [] : [`keys with ${prefix}`]),
    ...(deviceId === null ? [] : [`device ${deviceId}`]),
  ]
  return parts.length === 0 ? 'everything' : parts.join(', ')
}

function paceOf({ bytesPerS, filesPerS }: FsckRun): string {
  const parts = [
    ...(bytesPerS === null ? [] : [`${humanBytes(bytesPerS)}/s`]),
    ...(filesPerS === null ? [] : [`${filesPerS} files/s`]),
  ]
  return parts.length === 0 ? '' : `, at most ${parts.join(' and ')} a device`
}
