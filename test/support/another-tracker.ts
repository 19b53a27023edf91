// One more tracker of a local cluster, with its secret and on its database.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { Cluster } from '#infra/dev/cluster.ts'
import { startTracker, type TrackerAsk, type TrackerProcess } from '#infra/dev/tracker-process.ts'

const Secrets = z.object({ trackerSecret: z.string() })

/** One more tracker on the cluster's database, or the first again at its old port. */
export async function startAnotherTracker(
  { dir, description }: Pick<Cluster, 'description'> & { dir: string },
  { kind, port = 0, gateway }: Pick<TrackerAsk, 'kind' | 'gateway'> & { port?: number },
): Promise<TrackerProcess> {
  const text = await readFile(join(dir, 'secrets.json'), 'utf8')
  const { trackerSecret } = Secrets.parse(JSON.parse(text))
  const { databaseUrl } = description
  return startTracker({ kind, port, gateway, dir, trackerSecret, databaseUrl })
}
