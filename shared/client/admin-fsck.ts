// Whether the bytes are what the rows say: runs that look, and what they found.
import type * as z from 'zod'
import { type FsckChange, FsckList, FsckLog, type NewFsck, StartedFsck } from '../wire/fsck.ts'
import type { AdminOrders } from './admin-orders.ts'

export const fsckAdmin = ({ list, order, make }: AdminOrders) => ({
  fsck: {
    list: async () => list(FsckList, 'fsck'),
    start: async (ask: z.input<typeof NewFsck>) => make(StartedFsck, 'fsck', ask),
    change: async (fsckId: number, state: FsckChange['state']) =>
      order('PATCH', `fsck/${fsckId}`, { state }),
    /** The events after one, the oldest first. */
    log: async (query: { after?: number; limit?: number; fsckId?: number } = {}) =>
      list(FsckLog, 'fsck/log', query),
  },
})
