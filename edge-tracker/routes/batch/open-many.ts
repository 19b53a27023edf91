/**
 * Opens in a batch: one statement, one before it where some are conditional, and one behind it
 * where a class was not there. What one takes of a device's room, the next does not find there.
 */
import type { DeviceView } from '#shared/device-view.ts'
import type { DomainName } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { OpenRequest, type Upload } from '#shared/wire/uploads.ts'
import type { ClusterView } from '../../cluster-view.ts'
import { kindsOfClasses } from '../../db/classes.ts'
import { violates } from '../../db/db.ts'
import { fileDetails } from '../../db/many-files.ts'
import { openUploads } from '../../db/uploads.ts'
import type { Deps } from '../../deps.ts'
import { roomOf } from '../../placement/reserve.ts'
import { parse } from '../../request.ts'
import {
  expectRoomFor,
  judgeUnopened,
  mustLookFirst,
  openedAt,
  planOpen,
  uploadAnswer,
} from '../opening.ts'
import { among, attempt, type Outcome } from './outcomes.ts'

export async function openMany(
  deps: Deps,
  domain: DomainName,
  items: readonly unknown[],
  reached: (device: DeviceView) => string,
): Promise<Outcome<Upload>[]> {
  const parsed = items.map((item) => attempt(() => parse(OpenRequest, item)))
  const view = await deps.view.get()
  const expected = await among(parsed, (good) => withRoom(deps, view, domain, good))
  const room = roomOf(view.devices, [])
  const plans = expected.map((request) => {
    if (request instanceof Problem) return request
    return attempt(() => {
      const devices = [...room.devices.values()]
      const plan = planOpen(deps, { ...view, devices }, domain, request)
      room.reserve([plan.ranked[0].deviceId], request.bytes ?? request.roomBytes ?? 0)
      return plan
    })
  })
  return among(plans, async (good) => {
    const opened = await withoutRace(() => deps.db.all(openUploads(good)))
    const left = good.length - opened.length
    const kinds = left === 0 ? [] : await deps.db.all(kindsOfClasses(domain))
    if (left > 0 && kinds.length === 0) throw new Problem('unreg_domain', { domain })
    const byNr = new Map(opened.map((upload) => [upload.nr, upload]))
    return good.map((plan, nr) => {
      const upload = byNr.get(nr)
      return upload === undefined
        ? judgeUnopened(domain, plan.request, kinds)
        : uploadAnswer(deps, openedAt(upload, plan), plan.request, reached)
    })
  })
}

/** A class that is deleted meanwhile fails the statement; the next does not find it. */
async function withoutRace<Row>(run: () => Promise<Row[]>): Promise<Row[]> {
  return run().catch((error: unknown) => {
    if (violates(error, "an upload's class belongs to its domain")) return run()
    throw error
  })
}

/** Those that may come, by what their keys hold now. */
async function withRoom(
  { db }: Deps,
  view: ClusterView,
  domain: DomainName,
  requests: readonly OpenRequest[],
): Promise<Outcome<OpenRequest>[]> {
  const looked = requests.filter((request) => mustLookFirst(view, domain, request))
  const keys = looked.map(({ key }) => key)
  const files = keys.length === 0 ? [] : await db.all(fileDetails(domain, keys))
  const current = new Map(files.map((file) => [file.key, file]))
  return requests.map((request) =>
    attempt(() => {
      if (mustLookFirst(view, domain, request))
        expectRoomFor(view, domain, request, current.get(request.key))
      return request
    }),
  )
}
