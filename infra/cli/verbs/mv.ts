// Gives a file another key. No byte moves.
import { expectedOptions, readExpected } from '../expected-options.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const mv = defineVerb({
  usage: 'mv FROM TO',
  says: 'gives a file another key',
  example: 'mog mv drafts/letter.txt letters/1.txt',
  args: [2, 2],
  options: expectedOptions,
  async run(context) {
    const [from = '', to = ''] = context.args
    const domain = await context.domain()
    const file = await domain.rename(from, to, {
      signal: context.io.signal,
      ...readExpected(context.values),
    })
    await context.say(file, `${printable(from)} is ${printable(to)} now`)
  },
})
