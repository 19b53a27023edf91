// Makes a link with which somebody else can read a file, or store one. Nobody is asked.
import { wholeBytes, wholeSeconds } from '../arguments.ts'
import { humanTime } from '../human-units.ts'
import { facts } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const share = defineVerb({
  usage: 'share KEY --for TIME',
  says: 'makes a link to read a file, or to store one',
  example: [
    'mog share photos/1.jpg --for 1h',
    'mog share inbox/report.pdf --for 2d --write --max-bytes 10MB',
    'curl -L -T report.pdf "LINK"',
  ].join('\n'),
  args: [1, 1],
  options: {
    for: { type: 'string', value: 'TIME', says: 'how long it is good: 15m, 12h, 7d' },
    write: { type: 'boolean', says: 'to store a file under this key, not to read it' },
    'max-bytes': { type: 'string', value: 'SIZE', says: 'the largest file that can be stored' },
    class: { type: 'string', value: 'CLASS', says: 'of the file that is stored' },
  },
  async run(context) {
    const [key = ''] = context.args
    const { for: time, write = false, 'max-bytes': most, class: name } = context.values
    if (time === undefined) throw new UsageError('For how long?', 'Say --for 1h.')
    if (!write && (most !== undefined || name !== undefined))
      throw new UsageError('--max-bytes and --class are for storing', 'Say --write too.')
    const forMs = wholeSeconds('--for', time) * 1_000
    const maxBytes = most === undefined ? undefined : wholeBytes('--max-bytes', most)
    const domain = await context.domain()
    const options = { forMs, ...(write && { write: { maxBytes, class: name } }) }
    const url = await domain.share(key, options)
    const until = humanTime(Number(new URL(url).searchParams.get('until')) * 1_000)
    const human = facts([
      ['link', url],
      ['until', until],
    ])
    await context.say({ key, url, until }, human)
  },
})
