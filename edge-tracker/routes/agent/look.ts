/** POST look: what should lie on one of the agent's devices, in the next stretch of its fids. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { scrubPace } from '#shared/settings.ts'
import { WindowRequest, type WindowResponse } from '#shared/wire/looks.ts'
import { bearer } from '../../auth/caller.ts'
import { first } from '../../db/db.ts'
import { hostOfAgent } from '../../db/hosts.ts'
import { nextWindow } from '../../db/looks.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function look(c: TrackerContext): Promise<Response> {
  const { db, view } = c.var.deps
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const ask = await readJson(c, WindowRequest)
  const { settings } = await view.get()
  const window = await first(db, nextWindow(credential, ask, scrubPace(settings)))
  if (
    window === undefined &&
    (await first(db, hostOfAgent(credential, ask.deviceId))) === undefined
  )
    throw new Problem('unauthorized')
  const answer: WindowResponse = { window: window ?? null }
  return c.json(answer)
}
