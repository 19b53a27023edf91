// What fsck and the scrub found and did, each with its sentence.
import type { FsckEvent } from '#shared/wire/fsck.ts'
import { wholeNumber } from '../arguments.ts'
import { humanTime } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [
  ['N', 'right'],
  ['WHEN'],
  ['RUN', 'right'],
  ['CODE'],
  ['FID', 'right'],
  ['DEVICE', 'right'],
  ['FILE'],
  ['WHAT'],
]

export const fsckLog = defineVerb({
  usage: 'fsck log',
  says: 'lists what was found and done, oldest first',
  example: 'mog fsck log --run 3 --after 1200',
  args: [0, 0],
  options: {
    run: { type: 'string', value: 'N', says: 'of this run alone; 0 is the scrub' },
    after: { type: 'string', value: 'N', says: 'go on behind this number' },
    limit: { type: 'string', value: 'N', says: 'how many at most, up to 1,000' },
  },
  async run(context) {
    const { run, after, limit } = context.values
    const admin = await context.admin()
    const page = await admin.fsck.log({
      ...(run !== undefined && { fsckId: wholeNumber('--run', run, 0) }),
      ...(after !== undefined && { after: wholeNumber('--after', after, 0) }),
      ...(limit !== undefined && { limit: wholeNumber('--limit', limit, 1) }),
    })
    const human =
      page.events.length === 0 ? 'Nothing was found.' : table(columns, page.events.map(rowOf))
    await context.say(page, human)
  },
})

const rowOf = (event: FsckEvent): string[] => [
  String(event.eventId),
  humanTime(event.atMs),
  event.fsckId === 0 ? 'scrub' : String(event.fsckId),
  event.code,
  String(event.fid),
  event.deviceId === null ? '' : String(event.deviceId),
  event.key === null ? '-' : `${event.domain}/${event.key}`,
  event.detail === null || event.detail === '' ? event.says : `${event.says}: ${event.detail}`,
]
