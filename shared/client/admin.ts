// What an operator reads and changes. Needs a key with the scope admin. Lists are the wire's own
// shapes; a change resolves when it is recorded.
import * as z from 'zod'
import type { SettingName } from '../settings.ts'
import { AuditPage, type AuditQuery, Stats } from '../wire/admin.ts'
import { Durability } from '../wire/durability.ts'
import { fidsAdmin } from './admin-fids.ts'
import { fsckAdmin } from './admin-fsck.ts'
import { movingAdmin } from './admin-moving.ts'
import { namespaceAdmin } from './admin-namespace.ts'
import { adminOrders } from './admin-orders.ts'
import { rebuildAdmin } from './admin-rebuild.ts'
import { storageAdmin } from './admin-storage.ts'
import { webhooksAdmin } from './admin-webhooks.ts'
import type { Tracker } from './tracker.ts'

/** By name; a newer tracker may have more than `SettingName` lists. */
const SettingValues = z.record(z.string(), z.union([z.number(), z.string()]))
export type SettingValues = z.infer<typeof SettingValues>

export type AdminClient = ReturnType<typeof adminClient>

export function adminClient(tracker: Tracker) {
  const orders = adminOrders(tracker)
  const { list, order } = orders
  return {
    ...namespaceAdmin(orders),
    ...storageAdmin(orders),
    ...webhooksAdmin(orders),
    ...fidsAdmin(orders),
    ...fsckAdmin(orders),
    ...movingAdmin(orders),
    ...rebuildAdmin(orders),
    settings: {
      list: async () => list(SettingValues, 'settings'),
      /** null takes a setting back to its default. */
      change: async (settings: Partial<Record<SettingName, number | string | null>>) =>
        order('PATCH', 'settings', settings),
    },
    /** Oldest first; go on with `after: nextAfter`. */
    audit: async (query: Partial<AuditQuery> = {}) => list(AuditPage, 'audit', query),
    durability: async () => list(Durability, 'durability'),
    stats: async () => list(Stats, 'stats'),
  }
}
