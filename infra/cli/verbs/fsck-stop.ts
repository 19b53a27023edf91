// Ends a run for ever. What it found stays in the log, and its repairs go on.
import { chooseRun, nameOf } from '../fsck-runs.ts'
import { defineVerb } from '../verb.ts'

export const fsckStop = defineVerb({
  usage: 'fsck stop [RUN]',
  says: 'ends a run; what it found stays in the log',
  example: 'mog fsck stop  # the newest run',
  args: [0, 1],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const run = await chooseRun(admin, context.args[0])
    await admin.fsck.change(run.fsckId, 'stopped')
    await context.say({ fsckId: run.fsckId, state: 'stopped' }, `${nameOf(run)} is stopped now`)
  },
})
