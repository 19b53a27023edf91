// Copies that leave their devices: the rebalance, decommissioned devices and hosts.
import * as z from 'zod'
import { DeviceId } from '../ids.ts'

/** Why copies stayed where they are: they could not be moved without loss. */
const Refusals = z.array(
  z.object({ deviceId: DeviceId, reason: z.string(), files: z.number(), bytes: z.number() }),
)

export const RebalancePolicyChange = z.strictObject({ policy: z.string() })

/** What a start would do. The time is by what the last runs managed, or a guess. */
export const RebalanceTest = z.object({
  sources: z.array(
    z.object({
      deviceId: DeviceId,
      files: z.number(),
      bytes: z.number(),
      filesLeft: z.number().nullable(),
      bytesLeft: z.number().nullable(),
    }),
  ),
  destinations: z.array(DeviceId),
  files: z.number(),
  bytes: z.number(),
  estimatedS: z.number(),
})
export type RebalanceTest = z.infer<typeof RebalanceTest>

/** A time is Unix time in milliseconds. `queued`: chosen by now; `waiting`: of those, not over. */
export const Rebalance = z.object({
  state: z.enum(['idle', 'running', 'stopped', 'finished']),
  policy: z.string().nullable(),
  filesQueued: z.number(),
  bytesQueued: z.number(),
  filesMoved: z.number(),
  bytesMoved: z.number(),
  filesWaiting: z.number(),
  startedAtMs: z.number().nullable(),
  stoppedAtMs: z.number().nullable(),
  finishedAtMs: z.number().nullable(),
  sources: z.array(
    z.object({
      deviceId: DeviceId,
      filesQueued: z.number(),
      bytesQueued: z.number(),
      done: z.boolean(),
    }),
  ),
  refused: Refusals,
})
export type Rebalance = z.infer<typeof Rebalance>

/** How far a device, or all devices of a host, are from holding nothing. */
export const Decommission = z.object({
  devices: z.array(
    z.object({
      deviceId: DeviceId,
      state: z.string(),
      /** Live files of which it holds a copy, by the ledger. */
      files: z.number(),
      bytes: z.number(),
      /** Copies that are leaving now. */
      leaving: z.number(),
      /** Clients may store there still: uploads that were offered it, copies on their way. */
      arriving: z.boolean(),
      isSafe: z.boolean(),
    }),
  ),
  refused: Refusals,
  /** Nothing that lives would be missed. */
  isSafe: z.boolean(),
})
export type Decommission = z.infer<typeof Decommission>
