/** GET /metrics: the cluster, and this tracker, in Prometheus' text format. Two statements. */
import { EXPOSITION_TYPE, exposition } from '#shared/metrics/exposition.ts'
import { Problem } from '#shared/problems.ts'
import { first } from '../db/db.ts'
import { readCounts } from '../db/metrics.ts'
import { readDurability } from '../db/placements.ts'
import { clusterFamilies } from '../metrics/cluster-families.ts'
import { durabilityFamilies } from '../metrics/durability-families.ts'
import type { TrackerContext } from '../request.ts'

export async function metrics(c: TrackerContext): Promise<Response> {
  const { db, view, meter } = c.var.deps
  const { settings } = await view.get()
  const [counts, classes] = await Promise.all([
    first(db, readCounts()),
    db.all(readDurability(settings.downAfterMs)),
  ])
  if (counts === undefined) throw new Problem('internal')
  const families = [
    ...clusterFamilies(counts),
    ...durabilityFamilies(classes),
    ...(meter?.families() ?? []),
  ]
  return c.body(exposition(families), 200, { 'content-type': EXPOSITION_TYPE })
}
