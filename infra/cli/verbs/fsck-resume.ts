// A run goes on where it was paused.
import { chooseRun, nameOf } from '../fsck-runs.ts'
import { defineVerb } from '../verb.ts'

export const fsckResume = defineVerb({
  usage: 'fsck resume [RUN]',
  says: 'lets a run that was paused go on',
  example: 'mog fsck resume  # the newest run',
  args: [0, 1],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const run = await chooseRun(admin, context.args[0])
    await admin.fsck.change(run.fsckId, 'running')
    await context.say({ fsckId: run.fsckId, state: 'running' }, `${nameOf(run)} is running now`)
  },
})
