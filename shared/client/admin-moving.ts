// Copies that leave their devices: decommissioned devices and hosts, and the rebalance.
import type * as z from 'zod'
import { Decommission, Rebalance, RebalanceTest } from '../wire/moving.ts'
import { WhatIfAnswer, WhatIfQuery } from '../wire/what-if.ts'
import type { AdminOrders } from './admin-orders.ts'
import { segment } from './names-in-urls.ts'

export function movingAdmin({ list, change, make }: AdminOrders) {
  const leaving = (path: string) => ({
    status: async () => list(Decommission, path),
    /** Drains it. */
    begin: async () => change(Decommission, 'POST', path),
    /** Takes it back into service. */
    cancel: async () => change(Decommission, 'DELETE', path),
  })
  return {
    /** What it would mean if this device or host died, or were drained. */
    whatIf: async (query: z.input<typeof WhatIfQuery>) =>
      list(WhatIfAnswer, 'what-if', WhatIfQuery.parse(query)),
    decommission: {
      device: (deviceId: number) => leaving(`devices/${deviceId}/decommission`),
      host: (name: string) => leaving(`hosts/${segment(name)}/decommission`),
    },
    rebalance: {
      status: async () => list(Rebalance, 'rebalance'),
      setPolicy: async (policy: string) => change(Rebalance, 'PATCH', 'rebalance', { policy }),
      /** What a start would do now. */
      test: async () => list(RebalanceTest, 'rebalance/test'),
      /** Begins, or goes on where it was stopped. */
      start: async () => make(Rebalance, 'rebalance/start', {}),
      stop: async () => make(Rebalance, 'rebalance/stop', {}),
      reset: async () => make(Rebalance, 'rebalance/reset', {}),
    },
  }
}
