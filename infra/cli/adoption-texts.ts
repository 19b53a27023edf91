// What an import, or an export, found and did, as people read it.
import type { ExportReport } from '#infra/adoption/back/export-mogilefs.ts'
import type { ImportReport } from '#infra/adoption/import-mogilefs.ts'
import type { Foresight } from '#infra/adoption/look-ahead.ts'
import type { Tally } from '#infra/adoption/tally.ts'
import { humanBytes, humanMs } from './human-units.ts'
import { facts, printable, table } from './table.ts'

export function foresightText(foresight: Foresight): string {
  const { plan, files, bytes, copies, known, added, unmapped, lost, unsummed, queues } = foresight
  const found = facts([
    ['domains', plan.domains.join(', ')],
    ['classes', plan.classes.map(({ domain, name }) => `${domain}/${name}`).join(', ')],
    ['hosts', plan.hosts.map(({ name }) => name).join(', ')],
    ['devices', plan.devices.map(({ deviceId }) => String(deviceId)).join(', ')],
    ['files', `${files}, ${humanBytes(bytes)}, ${copies} copies`],
    ['to be taken', `${added}; ${known} are here already`],
    ['without a checksum', `${unsummed}: the first scrub finds it`],
    ['without a known copy', `${lost}: the devices will be searched`],
    ['under way there', queuesText(queues)],
  ])
  const reasons = Object.entries(unmapped).map(([reason, count]) => `${count} files: ${reason}`)
  const end = 'Nothing was done.'
  return [found, ...notesText('does not map', [...plan.notes, ...reasons]), end].join('\n\n')
}

export function reportText(report: ImportReport, tookMs: number, isEnd: boolean): string {
  const { added, changed, gone, notes, tally, queues, lastFid } = report
  const rate = Math.round(((added + changed) / Math.max(tookMs, 1)) * 1_000)
  const did = `${added} files taken, ${changed} changed, ${gone} deleted in ${humanMs(tookMs)}`
  const next = isEnd
    ? 'The takeover is finished: the devices are ours, and take new files when their agents run.'
    : 'Run it again to take what changes meanwhile; --finish ends the takeover.'
  return [
    `${did}, ${rate} a second. Ours are numbered above ${lastFid}.`,
    table(
      [['DOMAIN'], ['CLASS'], ['FILES', 'right'], ['SIZE', 'right']],
      tally.classes.map((each) => [
        each.domain,
        each.class,
        String(each.files),
        humanBytes(each.bytes),
      ]),
    ),
    tallyText(tally),
    `Under way there: ${queuesText(queues)}.`,
    ...notesText('does not map', [...notes, ...tally.unmapped.map(unmappedText)]),
    next,
  ].join('\n\n')
}

export function exportText(report: ExportReport, tookMs: number): string {
  const { given, copies, left, notes, lastFid } = report
  const rate = Math.round((given / Math.max(tookMs, 1)) * 1_000)
  const took = `in ${humanMs(tookMs)}, ${rate} a second`
  const did = `${given} files given back, with ${copies} copies, ${took}.`
  const reasons = Object.entries(left).map(([reason, files]) => `${files} files: ${reason}`)
  return [
    `${did} Uploads there are numbered above ${lastFid}.`,
    ...notesText('has no place there', [...notes, ...reasons]),
    "Stop the agents, start mogstored where it does not run, and then MogileFS's trackers.",
  ].join('\n\n')
}

function tallyText({ theirs, ours, isEqual }: Tally): string {
  const rows = [
    ['MogileFS', theirs],
    ['here', ours],
  ] as const
  const counted = table(
    [['COUNTED'], ['FILES', 'right'], ['BYTES', 'right'], ['COPIES', 'right']],
    rows.map(([where, { files, bytes, copies }]) => [
      where,
      String(files),
      String(bytes),
      String(copies),
    ]),
  )
  const verdict = isEqual
    ? 'Verified: all that is there is here, or is told of below.'
    : 'The counts differ: MogileFS went on meanwhile, or files were stored and moved here.'
  return `${counted}\n${verdict}`
}

const unmappedText = ({ files, reason }: Tally['unmapped'][number]) => `${files} files: ${reason}`

const queuesText = (queues: Record<string, number>): string =>
  Object.entries(queues)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const notesText = (title: string, notes: readonly string[]): string[] =>
  notes.length === 0 ? [] : [[title, ...notes.map((note) => `  ${printable(note)}`)].join('\n')]
