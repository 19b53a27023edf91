// Why a file lies where it lies, as data and in sentences: `GET .../explain/{key}`.
import * as z from 'zod'
import { DeviceId, DomainName, Fid, JobId } from '../ids.ts'
import { Bytes } from './files.ts'

const place = { deviceId: DeviceId, host: z.string(), says: z.string() }

/** A copy that is recorded, and what it is worth. */
export const ExplainedCopy = z.object({
  ...place,
  /** It counts: its device is not dead, and it is not to leave. */
  counts: z.boolean(),
  verifiedAtMs: z.number().nullable(),
  /** Its place among the URLs that readers get; null: it is not offered. Ties are by chance. */
  readTier: z.int().nullable(),
})
export type ExplainedCopy = z.infer<typeof ExplainedCopy>

/** A device, and whether it could take another copy of this file. */
export const Candidate = z.object({
  ...place,
  /** How good a place it is, by the policy; null: none at all, for `says` why. */
  rank: z.enum(['ideal', 'desperate', 'last resort', 'not needed']).nullable(),
})
export type Candidate = z.infer<typeof Candidate>

/** What is ordered for one place. */
export const ExplainedJob = z.object({
  ...place,
  jobId: JobId,
  kind: z.enum(['replicate', 'delete']),
  /** It is being done, until then unless the lease is renewed. */
  leasedUntilMs: z.number().nullable(),
  /** Before that it is not begun; in the past: now. */
  notBeforeMs: z.number(),
  /** Jobs of the host that come before it, up to 1,000. */
  ahead: z.int(),
  attempt: z.int(),
  failures: z.int(),
  /** Of the last failure. */
  reason: z.string().nullable(),
})
export type ExplainedJob = z.infer<typeof ExplainedJob>

const PolicyVerdict = z.enum(['good', 'too-good', 'short'])
export type PolicyVerdict = z.infer<typeof PolicyVerdict>

export const Explanation = z.object({
  domain: DomainName,
  key: z.string(),
  fid: Fid,
  class: z.string(),
  bytes: Bytes,
  policy: z.string(),
  wantedCopies: z.int(),
  /** What the policy says of the copies that are there, and with those that are on their way. */
  verdict: PolicyVerdict,
  verdictWhenDone: PolicyVerdict,
  /** Why it cannot be bettered now, where it is short even when all that is ordered is done. */
  stuck: z.string().nullable(),
  /** Everything that matters, in order. */
  says: z.array(z.string()),
  copies: z.array(ExplainedCopy),
  candidates: z.array(Candidate),
  jobs: z.array(ExplainedJob),
  /** It is short, and no copy could be ordered yet. */
  shortfall: z
    .object({ reason: z.string(), sinceMs: z.number(), tryAtMs: z.number(), failures: z.int() })
    .nullable(),
  /** No good copy is known: since then devices are searched; or all were, in vain. */
  lost: z.object({ sinceMs: z.number(), goneAtMs: z.number().nullable() }).nullable(),
})
export type Explanation = z.infer<typeof Explanation>
