// How far fsck is on each device, and what it found; the scrub's laps likewise.
import type { AdminClient } from '#shared/client/admin.ts'
import { systemClock } from '#shared/clock.ts'
import type { FsckList, FsckRun } from '#shared/wire/fsck.ts'
import type { Context } from '../context.ts'
import { chooseRun, nameOf, runText, SCRUB, shareOf } from '../fsck-runs.ts'
import { defineVerb } from '../verb.ts'

const FOLLOW_EVERY_MS = 500

export const fsckStatus = defineVerb({
  usage: 'fsck status [RUN]',
  says: 'shows how far a run is, or the newest and the scrub',
  example: 'mog fsck status\nmog fsck status 3 --follow\nmog fsck status scrub',
  args: [0, 1],
  options: {
    follow: { type: 'boolean', short: 'f', says: 'until it is done' },
  },
  async run(context) {
    const [text] = context.args
    const admin = await context.admin()
    if (text === undefined && context.values.follow !== true) {
      const list = await admin.fsck.list()
      return context.say(list, listText(list))
    }
    let run = await chooseRun(admin, text)
    if (context.values.follow === true)
      run = await follow(run, admin, { io: context.io, progress: (work) => context.progress(work) })
    await context.say(run, runText(run))
  },
})

type Shows = Pick<Context<unknown>, 'io' | 'progress'>

/** As it is when it is not running any more. The scrub always is. */
async function follow(first: FsckRun, admin: AdminClient, { io, progress }: Shows) {
  let run = first
  let shown = 0
  const bar = progress({ label: nameOf(run), total: 100, unit: '%' })
  while (run.state === 'running' && run.fsckId !== SCRUB) {
    bar?.advance(shareOf(run) * 100 - shown)
    shown = shareOf(run) * 100
    await systemClock.sleep(FOLLOW_EVERY_MS, io.signal)
    io.signal.throwIfAborted()
    run = await chooseRun(admin, String(run.fsckId))
  }
  return run
}

/** The runs that are under way, else the last one; then the scrub, and what is lost. */
function listText({ runs, lost }: FsckList): string {
  const own = runs.filter(({ fsckId }) => fsckId !== SCRUB)
  const open = own.filter(({ state }) => state === 'running' || state === 'paused')
  const shown = open.length > 0 ? open : own.slice(0, 1)
  const scrub = runs.filter(({ fsckId }) => fsckId === SCRUB)
  const { searching, gone } = lost
  const sum =
    searching + gone === 0
      ? 'Of every file a good copy is known.'
      : `LOST: ${gone} files have no good copy on any device, ${searching} are searched for.`
  return [...[...shown, ...scrub].map(runText), sum].join('\n\n')
}
