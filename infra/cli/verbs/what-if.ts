// What it would mean if a device or a host died, or were drained.
import type { WhatIfAnswer } from '#shared/wire/what-if.ts'
import { wholeNumber } from '../arguments.ts'
import { humanBytes } from '../human-units.ts'
import { facts, table } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const whatIf = defineVerb({
  usage: 'what-if device|host NAME dies|drains',
  says: 'says what would be lost, short and copied',
  example: 'mog what-if device 3 dies\nmog what-if host a drains',
  args: [3, 3],
  options: {},
  async run(context) {
    const [noun = '', name = '', event = ''] = context.args
    if ((noun !== 'device' && noun !== 'host') || (event !== 'dies' && event !== 'drains'))
      throw new UsageError('Not a device or a host that dies or drains', 'mog help what-if')
    const meant = noun === 'device' ? { device: wholeNumber('NAME', name, 1) } : { host: name }
    const admin = await context.admin()
    const answer = await admin.whatIf({ event, ...meant })
    await context.say(answer, human(answer))
  },
})

function human({ touched, lost, unreadable, short, toCopy, room, stuck, isWhole }: WhatIfAnswer) {
  const missing = room.isEnough ? 'enough' : `${humanBytes(room.bytesMissing)} are missing`
  return [
    facts([
      ['have a copy there', amount(touched)],
      ['would be lost', amount(lost)],
      ['could not be read', amount(unreadable)],
      ['would be short', amount(short)],
      ['would be copied', `${toCopy.copies} copies, ${humanBytes(toCopy.bytes)}`],
      ['room elsewhere', `${humanBytes(room.bytesToSpare)}: ${missing}`],
    ]),
    stuck.length === 0
      ? ''
      : table(
          [['STAY SHORT', 'right'], ['OF'], ['BECAUSE']],
          stuck.map((each) => [String(each.files), `${each.domain}/${each.class}`, each.reason]),
        ),
    isWhole ? '' : 'Files lie in so many ways that only the most common were judged.',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const amount = ({ files, bytes }: WhatIfAnswer['lost']) => `${files} files, ${humanBytes(bytes)}`
