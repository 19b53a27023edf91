// A device as every placement decision looks at it: the operator's word, the agent's gauges, and
// how long its host has been silent. A row of the view device_view.
import * as z from 'zod'
import { DeviceId, HostId } from './ids.ts'
import { DeviceCondition, DeviceState, HostState } from './states.ts'

export const DeviceView = z.object({
  deviceId: DeviceId,
  hostId: HostId,
  state: DeviceState,
  hostState: HostState,
  /** Where the host is, in the operator's words or by the netmasks; null: nobody said. */
  zone: z.string().nullable(),
  /** Where clients reach the node. */
  url: z.string().nullable(),
  /** Where agents and trackers inside reach it, and clients from `internalMask`. */
  internalUrl: z.string().nullable(),
  internalMask: z.string().nullable(),
  keyVersion: z.int(),
  weight: z.int(),
  condition: DeviceCondition.nullable(),
  bytesTotal: z.number().nullable(),
  bytesFree: z.number().nullable(),
  utilization: z.number().nullable(),
  /** Since the last sync of its agent, by the database's clock; null before the first. */
  silentMs: z.number().nullable(),
})
export type DeviceView = z.infer<typeof DeviceView>
