// Makes files of what the disks told: the newest revision of each key. Broken off, it goes on where
// it was.
import { defineVerb } from '../verb.ts'

export const rebuildApply = defineVerb({
  usage: 'rebuild apply',
  says: 'makes files of what the disks told',
  example: 'mog rebuild apply',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const bar = context.progress({ label: 'rebuild', total: 0, unit: 'files' })
    let placed = 0
    for (let isDone = false; !isDone; ) {
      context.io.signal.throwIfAborted()
      const applied = await admin.rebuild.apply()
      placed += applied.placed
      bar?.advance(applied.lookedAt)
      ;({ isDone } = applied)
    }
    await context.say(
      { placed },
      `${placed} files are back. What has no place: mog rebuild status --list`,
    )
  },
})
