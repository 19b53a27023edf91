// Why a file lies where it lies, and what comes next, in sentences.
import type { Explanation } from '#shared/wire/explain.ts'
import { type Column, printable, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [['DEVICE', 'right'], ['HOST'], ['FOR THE NEXT COPY']]

export const explain = defineVerb({
  usage: 'explain KEY',
  says: 'tells why a file lies where it does, and what comes next',
  example: 'mog explain photo.jpg\nmog explain photo.jpg --devices',
  args: [1, 1],
  options: {
    devices: { type: 'boolean', says: 'every device, and why it would take a copy or not' },
  },
  async run(context) {
    const [key = ''] = context.args
    const domain = await context.domain()
    const told = await domain.explain(key, { signal: context.io.signal })
    const sentences = told.says.map(printable).join('\n')
    const human = context.values.devices === true ? `${sentences}\n\n${devicesOf(told)}` : sentences
    await context.say(told, human)
  },
})

const devicesOf = ({ candidates }: Explanation): string =>
  table(
    columns,
    candidates.map(({ deviceId, host, says }) => [String(deviceId), host, says]),
  )
