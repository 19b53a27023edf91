// What a device's or a host's end would mean, told before it comes.
import * as z from 'zod'
import { DeviceId, Name } from '../ids.ts'

export const WhatIfQuery = z
  .strictObject({
    event: z.enum(['dies', 'drains']),
    device: z.coerce.number().int().positive().optional(),
    host: Name.optional(),
  })
  .refine(({ device, host }) => (device === undefined) !== (host === undefined), {
    error: 'names a device or a host',
  })

const Amount = z.object({ files: z.number(), bytes: z.number() })

export const WhatIfAnswer = z.object({
  event: z.enum(['dies', 'drains']),
  deviceIds: z.array(DeviceId),
  /** Files with a copy there. */
  touched: Amount,
  /** No copy would be left. */
  lost: Amount,
  /** Copies would be left, but none that can be read now. */
  unreadable: Amount,
  /** Short of their policy until they are healed. */
  short: Amount,
  toCopy: z.object({ copies: z.number(), bytes: z.number() }),
  room: z.object({ bytesToSpare: z.number(), bytesMissing: z.number(), isEnough: z.boolean() }),
  /** Short for good: the policy could not be content with what is left of the cluster. */
  stuck: z.array(
    z.object({ domain: z.string(), class: z.string(), reason: z.string(), files: z.number() }),
  ),
  /** False: files lie in so many ways that only the most common were judged. */
  isWhole: z.boolean(),
})
export type WhatIfAnswer = z.infer<typeof WhatIfAnswer>
