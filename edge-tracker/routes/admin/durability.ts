/** GET durability: how many copies the files of each class have now. Healthy is when it says 0. */
import type { Durability } from '#shared/wire/durability.ts'
import { readDurability } from '../../db/placements.ts'
import type { TrackerContext } from '../../request.ts'

export async function durability(c: TrackerContext): Promise<Response> {
  const { db, view } = c.var.deps
  const { settings } = await view.get()
  const classes = await db.all(readDurability(settings.downAfterMs))
  const answer: Durability = { short: 0, lost: 0, unreadable: 0, classes }
  for (const { short, lost, unreadable } of classes) {
    answer.short += short
    answer.lost += lost
    answer.unreadable += unreadable
  }
  return c.json(answer)
}
