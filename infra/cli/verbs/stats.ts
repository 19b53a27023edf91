// What is still to be done: files that are short of their class and why, and the agents' queues.
import { facts, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const stats = defineVerb({
  usage: 'stats',
  says: 'shows what is still to be done, and why',
  example: 'mog stats',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const found = await admin.stats()
    const { shortfalls, jobs, tombstones, uploads, notes } = found
    const files = shortfalls.map(({ reason, files: count }) => [String(count), reason])
    const queued = jobs.map(({ host, kind, jobs: count }) => [String(count), kind, host])
    const human = [
      facts([
        ['open uploads', String(uploads)],
        ['deleted files to erase', String(tombstones)],
      ]),
      files.length === 0
        ? 'No file is short of its class.'
        : table([['FILES', 'right'], ['SHORT OF THEIR CLASS, BECAUSE']], files),
      queued.length === 0
        ? 'No job is queued.'
        : table([['JOBS', 'right'], ['KIND'], ['HOST']], queued),
      ...notes.map(({ sweep, note }) => `${sweep}: ${note}`),
    ]
    await context.say(found, human.join('\n\n'))
  },
})
