// A run rests: agents finish the copy that they look at, and ask for no more.
import { chooseRun, nameOf } from '../fsck-runs.ts'
import { defineVerb } from '../verb.ts'

export const fsckPause = defineVerb({
  usage: 'fsck pause [RUN]',
  says: 'lets a run rest; it goes on where it was',
  example: 'mog fsck pause  # the newest run',
  args: [0, 1],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const run = await chooseRun(admin, context.args[0])
    await admin.fsck.change(run.fsckId, 'paused')
    await context.say({ fsckId: run.fsckId, state: 'paused' }, `${nameOf(run)} is paused now`)
  },
})
