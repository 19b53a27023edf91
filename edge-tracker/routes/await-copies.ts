// A class may want more than one durable copy before a close is answered. What the client did not
// bring along, agents copy meanwhile: a crash here loses an answer, and no file.
import type { Fid } from '#shared/ids.ts'
import type { Closed } from '#shared/wire/uploads.ts'
import { countCopies } from '../db/closes.ts'
import type { Deps } from '../deps.ts'

/** What a close has done, and what its class wants of it. */
export interface DoneClose extends Closed {
  copies: number
  commitAt: number
  /** It was closed before, by the same close. */
  again?: boolean
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500

/** Waits as long as the setting says. Those that are left have too few copies still. */
export async function awaitCopies(
  { db, clock, view }: Deps,
  closes: readonly DoneClose[],
): Promise<Map<Fid, DoneClose>> {
  const short = new Map(
    closes.filter(({ copies, commitAt }) => copies < commitAt).map((close) => [close.fid, close]),
  )
  if (short.size === 0) return short

  const endMs = clock.nowMs() + (await view.get()).settings.commitWaitMs
  for (let pauseMs = FIRST_PAUSE_MS; clock.nowMs() < endMs && short.size > 0; pauseMs *= 1.5) {
    await clock.sleep(Math.min(pauseMs, LONGEST_PAUSE_MS, endMs - clock.nowMs()))
    for (const { fid, copies, isFile } of await db.all(countCopies([...short.keys()]))) {
      const close = short.get(fid)
      if (close === undefined) continue
      // what was replaced or deleted meanwhile will not be copied any more
      if (!isFile || copies >= close.commitAt) short.delete(fid)
      else short.set(fid, { ...close, copies })
    }
  }
  return short
}
