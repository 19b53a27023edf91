/** GET explain: why a file lies where it lies, and what comes next, as data and in sentences. */

import { first } from '../../db/db.ts'
import { fileFacts } from '../../db/explain.ts'
import { bytesComing } from '../../db/shortfalls.ts'
import { explainFile } from '../../explain/explain-file.ts'
import { roomOf } from '../../placement/reserve.ts'
import { domainOf, keyOf, type TrackerContext } from '../../request.ts'
import { missing } from '../located.ts'

export async function explain(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const facts = await first(deps.db, fileFacts(domain, key))
  if (facts === undefined) throw await missing(deps, domain, key)

  // as the planner sees it: what is on its way to a device takes its room
  const { devices, settings } = await deps.view.get()
  const room = roomOf(devices, await deps.db.all(bytesComing()))
  const isSilent = (url: string) => deps.nodes.isSilent(url)
  return c.json(explainFile({ facts, devices: room.devices, settings, isSilent }))
}
