// Files by their fid, and what MogileFS's tools keep at the tracker.
import * as z from 'zod'
import { MogilefsSettings } from '../wire/admin.ts'
import { FidFacts, FidList } from '../wire/fids.ts'
import type { AdminOrders } from './admin-orders.ts'

const Retried = z.object({ retried: z.int() })
const Ordered = z.object({ ordered: z.boolean() })

export const fidsAdmin = ({ list, change }: AdminOrders) => ({
  fids: {
    /** The files behind a fid, in the order of their fids. */
    list: async (query: { after?: number; limit?: number } = {}) => list(FidList, 'fids', query),
    /** Every row that names it. */
    facts: async (fid: number) => list(FidFacts, `fids/${fid}`),
    /** Has the agent of a device copy it there; whether there was anything to order. */
    copy: async (fid: number, deviceId: number) =>
      change(Ordered, 'POST', 'fids/copy', { fid, deviceId }),
  },
  /** Whatever was put off is tried now. */
  retry: async () => change(Retried, 'POST', 'shortfalls/retry'),
  mogilefsSettings: {
    list: async () => list(MogilefsSettings, 'mogilefs-settings'),
    /** null forgets a setting. */
    change: async (settings: Record<string, string | null>) =>
      change(MogilefsSettings, 'PATCH', 'mogilefs-settings', settings),
  },
})
