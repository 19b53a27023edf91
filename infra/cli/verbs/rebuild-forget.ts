// Ends a rebuild: what could not be placed is unknown from now on, and erased in time.
import { defineVerb } from '../verb.ts'

export const rebuildForget = defineVerb({
  usage: 'rebuild forget',
  says: 'ends a rebuild; bytes that had no place are erased in time',
  example: 'mog rebuild forget',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    await admin.rebuild.forget()
    await context.say({ state: 'idle' }, 'the rebuild is over')
  },
})
