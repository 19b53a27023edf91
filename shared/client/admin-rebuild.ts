// An empty database is filled from the disks.
import * as z from 'zod'
import { Applied, Rebuild, RebuildFiles, type RebuildLoad } from '../wire/rebuild.ts'
import type { AdminOrders } from './admin-orders.ts'

const Loaded = z.object({ loadedFid: z.number() })

export const rebuildAdmin = ({ list, order, change }: AdminOrders) => ({
  rebuild: {
    status: async () => list(Rebuild, 'rebuild'),
    load: async (ask: RebuildLoad) => change(Loaded, 'POST', 'rebuild/load', ask),
    /** What becomes of the files, a window at a time. */
    files: async (after: number) => list(RebuildFiles, 'rebuild/files', { after }),
    apply: async () => change(Applied, 'POST', 'rebuild/apply'),
    forget: async () => order('DELETE', 'rebuild'),
  },
})
