// What operators read and change: domains, classes, hosts, devices, keys, settings.
import * as z from 'zod'
import { ChecksumKind, DeviceId, DomainName, HostId, Name } from '../ids.ts'
import {
  AUDIT_DEFAULT_LIMIT,
  AUDIT_MAX_LIMIT,
  MAX_CLASS_S,
  MAX_COPIES,
  MAX_MASK_LENGTH,
  MAX_MOGILEFS_SETTING_LENGTH,
  MAX_POLICY_LENGTH,
  MAX_RATE_PER_S,
  MAX_URL_LENGTH,
} from '../limits.ts'
import { mayBeANode } from '../node-address.ts'
import { DeviceCondition, DeviceState, HostState } from '../states.ts'

/** No field, no change. */
const namesChange = (change: object) => Object.keys(change).length > 0
const NO_CHANGE = 'names no change'

const Quota = z.int().min(0).nullable()
/** null: no bound. */
const quotas = { quotaBytes: Quota.optional(), quotaFiles: Quota.optional() }

export const NewDomain = z.strictObject({ name: DomainName, ...quotas })
export type NewDomain = z.infer<typeof NewDomain>
export const DomainChange = z.strictObject(quotas).refine(namesChange, NO_CHANGE)
export type DomainChange = z.infer<typeof DomainChange>

/** What a class can ask for besides copies; left out, a new class has the first of each. */
const asked = {
  /** How copies are spread: `MultipleHosts()`; see edge-tracker/placement. */
  policy: z.string().max(MAX_POLICY_LENGTH).optional(),
  /** Of the checksum that its new files have. */
  checksumKind: ChecksumKind.optional(),
  /** Copies that are durable before a close is answered. */
  commitAt: z.int().min(1).max(MAX_COPIES).optional(),
  /** How long what was deleted or replaced can be had back. */
  trashS: z.int().min(0).max(MAX_CLASS_S).optional(),
  /** How long readers may keep what they read; null: nothing is said about it. */
  cacheS: z.int().min(0).max(MAX_CLASS_S).nullable().optional(),
  /** Without a key. */
  publicRead: z.boolean().optional(),
}
const Copies = z.int().min(1).max(MAX_COPIES)

export const NewClass = z.strictObject({ name: Name, copies: Copies, ...asked })
export type NewClass = z.infer<typeof NewClass>
export const ClassChange = z
  .strictObject({ copies: Copies.optional(), ...asked })
  .refine(namesChange, NO_CHANGE)
export type ClassChange = z.infer<typeof ClassChange>

export const Class = z.object({
  name: z.string(),
  copies: z.int(),
  policy: z.string(),
  checksumKind: ChecksumKind,
  commitAt: z.int(),
  trashS: z.int(),
  cacheS: z.int().nullable(),
  publicRead: z.boolean(),
})
export type Class = z.infer<typeof Class>
export const Domain = z.object({
  name: z.string(),
  quotaBytes: z.number().nullable(),
  quotaFiles: z.number().nullable(),
  classes: z.array(Class),
})
export type Domain = z.infer<typeof Domain>
export const DomainList = z.object({ domains: z.array(Domain) })

/** A new host is known by name; its agent enrolls with the token, once. */
export const NewHost = z.strictObject({ name: Name })

/** Scheme, host and port, as agents give theirs. */
export const Origin = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL_LENGTH)
  .refine(mayBeANode, 'no node can be there')
  .transform((url) => new URL(url).origin)

/** null takes an address, a mask or a zone away. */
export const HostChange = z
  .strictObject({
    state: HostState.optional(),
    /** Where clients reach the agent, if not where it says itself. */
    publicUrl: Origin.nullable().optional(),
    /** Where agents and trackers reach it, if not where it says itself. */
    internalUrl: Origin.nullable().optional(),
    /** Networks whose clients get the internal address: `10.0.0.0/8, fd00::/8`. */
    internalMask: z.string().max(MAX_MASK_LENGTH).nullable().optional(),
    /** Copies can be asked to lie in different ones; readers get the copies of their own first. */
    zone: Name.nullable().optional(),
  })
  .refine(namesChange, NO_CHANGE)
export type HostChange = z.infer<typeof HostChange>
export const Rotation = z.strictObject({ force: z.boolean().default(false) })
export const Rotated = z.object({ keyVersion: z.int() })
export type Rotated = z.infer<typeof Rotated>
export const AddedHost = z.object({ hostId: HostId, name: z.string(), enrollmentToken: z.string() })
export type AddedHost = z.infer<typeof AddedHost>

/** `silentMs` is how long ago the agent was last heard; null when it never was. */
export const Host = z.object({
  hostId: HostId,
  name: z.string(),
  state: HostState,
  /** What the agent says; null until it enrolled. */
  url: z.string().nullable(),
  publicUrl: z.string().nullable(),
  internalUrl: z.string().nullable(),
  internalMask: z.string().nullable(),
  zone: z.string().nullable(),
  keyVersion: z.int(),
  silentMs: z.number().nullable(),
})
export type Host = z.infer<typeof Host>
export const HostList = z.object({ hosts: z.array(Host) })

/** Numbered by the database unless told; a number is never given twice. */
export const NewDevice = z.strictObject({
  host: Name,
  deviceId: DeviceId.optional(),
  state: DeviceState.default('alive'),
})
export type NewDevice = z.infer<typeof NewDevice>
export const DeviceChange = z
  .strictObject({ state: DeviceState.optional(), weight: z.int().min(0).max(1_000).optional() })
  .refine(namesChange, NO_CHANGE)

/** `utilization` is 0 to 1; gauges are null until the agent has synced. */
export const Device = z.object({
  deviceId: DeviceId,
  host: z.string(),
  state: DeviceState,
  weight: z.int(),
  condition: DeviceCondition.nullable(),
  reason: z.string().nullable(),
  bytesTotal: z.number().nullable(),
  bytesFree: z.number().nullable(),
  utilization: z.number().nullable(),
  silentMs: z.number().nullable(),
})
export type Device = z.infer<typeof Device>
export const DeviceList = z.object({ devices: z.array(Device) })

/** As MogileFS's tools set them: few of them mean anything here. */
export const MogilefsSettings = z.record(
  z.string().regex(/^\w{1,255}$/),
  z
    .string()
    .max(MAX_MOGILEFS_SETTING_LENGTH)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'no text that can be kept'),
)
export type MogilefsSettings = z.infer<typeof MogilefsSettings>

export const Scope = z.enum(['read', 'write', 'list', 'delete', 'admin', 'metrics'])
export type Scope = z.infer<typeof Scope>

/** Requests a second at each tracker; null: what the setting keyRatePerS says. */
const RatePerS = z.int().min(1).max(MAX_RATE_PER_S).nullable()

/** Without a domain the key is good for every domain. */
export const NewApiKey = z.strictObject({
  label: Name,
  domain: DomainName.optional(),
  scopes: z.array(Scope).min(1),
  ratePerS: RatePerS.optional(),
})
export type NewApiKey = z.infer<typeof NewApiKey>
/** The secret is shown this once; only its hash is kept. */
export const AddedApiKey = z.object({ apiKeyId: z.int(), label: z.string(), key: z.string() })
export type AddedApiKey = z.infer<typeof AddedApiKey>
export const ApiKeyChange = z.strictObject({ ratePerS: RatePerS })
export const ApiKey = z.object({
  apiKeyId: z.int(),
  label: z.string(),
  domain: z.string().nullable(),
  scopes: z.array(Scope),
  ratePerS: z.int().nullable(),
})
export type ApiKey = z.infer<typeof ApiKey>
export const ApiKeyList = z.object({ keys: z.array(ApiKey) })

export const AuditQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(AUDIT_MAX_LIMIT).default(AUDIT_DEFAULT_LIMIT),
})
export type AuditQuery = z.infer<typeof AuditQuery>

const Recorded = z.record(z.string(), z.unknown()).nullable()
/** One change. Of `change` only what differs; secrets never. */
export const AuditEntry = z.object({
  auditId: z.int(),
  atMs: z.number(),
  /** null: it was not done by an API key. */
  apiKeyId: z.int().nullable(),
  /** The key's label as it was; without one, the program or the role. */
  who: z.string(),
  noun: z.string(),
  verb: z.enum(['add', 'change', 'delete']),
  subject: z.string(),
  before: Recorded,
  after: Recorded,
})
export type AuditEntry = z.infer<typeof AuditEntry>
/** Oldest first. Go on with `after=nextAfter`; it is there when nothing is new, too. */
export const AuditPage = z.object({ entries: z.array(AuditEntry), nextAfter: z.int() })
export type AuditPage = z.infer<typeof AuditPage>

/** Counts are exact below 10,000 and stop there: no count walks a table of millions. */
export const Stats = z.object({
  shortfalls: z.array(z.object({ reason: z.string(), files: z.int() })),
  jobs: z.array(z.object({ host: z.string(), kind: z.string(), jobs: z.int() })),
  tombstones: z.int(),
  uploads: z.int(),
  /** What keeps a sweep from its work, where an operator is needed. */
  notes: z.array(z.object({ sweep: z.string(), note: z.string() })),
})
export type Stats = z.infer<typeof Stats>
