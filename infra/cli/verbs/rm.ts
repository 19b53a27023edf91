// Deletes files. Their keys are free at once; the bytes go when the agents come to it.
import { eachAtOnce, jobsOption, readJobs } from '../each-at-once.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const rm = defineVerb({
  usage: 'rm KEY...',
  says: 'deletes files',
  example: 'mog rm photo.jpg letters/1.txt',
  args: [1, Infinity],
  options: { jobs: jobsOption },
  async run(context) {
    const domain = await context.domain()
    const { signal } = context.io
    await eachAtOnce(context.args, readJobs(context.values.jobs), signal, async (key) => {
      try {
        const { fid } = await domain.delete(key, { signal })
        await context.say({ key, fid }, `deleted ${printable(key)}`)
      } catch (error) {
        signal.throwIfAborted()
        context.fail(error, key)
      }
    })
  },
})
