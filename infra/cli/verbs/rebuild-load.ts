// Tells an empty database what the disks hold, as `mog-agent inventory` found it on each host.
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { loadInventory } from '../load-inventory.ts'
import { defineVerb } from '../verb.ts'

const MOST_FILES = 10_000

export const rebuildLoad = defineVerb({
  usage: 'rebuild load FILE|-...',
  says: 'tells an empty database what lies on the disks',
  example: [
    'ssh storage-1 mog-agent inventory | mog rebuild load -',
    'mog rebuild load storage-1.jsonl storage-2.jsonl',
  ].join('\n'),
  args: [1, MOST_FILES],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const { io } = context
    for (const name of context.args) {
      const input = name === '-' ? io.stdin : createReadStream(resolve(io.cwd, name))
      const bar = context.progress({ label: name, total: 0, unit: 'files' })
      try {
        for (const each of await loadInventory(admin, input, (files) => bar?.advance(files))) {
          const { deviceId, files, isWhole } = each
          const end = isWhole ? '' : ', but its end is missing: it would stay down'
          await context.say(each, `device ${deviceId}: ${files} files${end}`)
        }
      } catch (error) {
        context.fail(error, name)
      }
    }
  },
})
