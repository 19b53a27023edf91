// Files by their fid, across domains: for tools that walk all of them, or look at one.
import * as z from 'zod'
import { DeviceId, Fid } from '../ids.ts'
import { FIDS_DEFAULT_LIMIT, FIDS_MAX_LIMIT } from '../limits.ts'

export const FidsQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(FIDS_MAX_LIMIT).default(FIDS_DEFAULT_LIMIT),
})

export const NumberedFile = z.object({
  fid: Fid,
  domain: z.string(),
  class: z.string(),
  key: z.string(),
  bytes: z.number(),
  /** Replicas that are recorded. */
  copies: z.int(),
})
export type NumberedFile = z.infer<typeof NumberedFile>

/** In the order of their fids. Go on with `after` the last one. */
export const FidList = z.object({ files: z.array(NumberedFile) })
export type FidList = z.infer<typeof FidList>

const named = { domainId: z.int(), key: z.string(), classId: z.int() }

/** Every row that names a fid. All of it null or empty: nobody knows it. */
export const FidFacts = z.object({
  file: z
    .object({ ...named, domain: z.string(), bytes: z.number(), checksum: z.string() })
    .nullable(),
  upload: z.object({ ...named, deviceIds: z.array(DeviceId), createdAtMs: z.number() }).nullable(),
  shortfall: z.object({ reason: z.string(), failures: z.int(), tryAtMs: z.number() }).nullable(),
  tombstone: z.object({ eraseAtMs: z.number() }).nullable(),
  jobs: z.array(
    z.object({
      kind: z.enum(['replicate', 'delete']),
      deviceId: DeviceId,
      failures: z.int(),
      runAtMs: z.number(),
    }),
  ),
  moves: z.array(z.object({ deviceId: DeviceId, rebalance: z.boolean() })),
  /** `url` is null where the host has no address. */
  copies: z.array(z.object({ deviceId: DeviceId, url: z.string().nullable() })),
})
export type FidFacts = z.infer<typeof FidFacts>
