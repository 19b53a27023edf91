// Deletes files, a thousand a request. Their keys are free at once; the bytes go when the agents
// come to it.
import { Refusal } from '#shared/client/refusal.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const rm = defineVerb({
  usage: 'rm KEY...',
  says: 'deletes files',
  example: 'mog rm photo.jpg letters/1.txt',
  args: [1, Infinity],
  options: {},
  async run(context) {
    const domain = await context.domain()
    const { signal } = context.io
    const keys = [...new Set(context.args)]
    let at = 0
    for await (const outcome of domain.deleteMany(keys, { signal })) {
      const key = keys[at++] ?? ''
      if (outcome instanceof Refusal) context.fail(outcome, key)
      else await context.say({ key, fid: outcome.fid }, `deleted ${printable(key)}`)
    }
  },
})
