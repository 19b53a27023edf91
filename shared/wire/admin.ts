// What operators read and change: domains, classes, hosts, devices, keys, settings.
import * as z from 'zod'
import { DeviceId, DomainName, HostId, Name } from '../ids.ts'
import { MAX_COPIES } from '../limits.ts'
import { DeviceCondition, DeviceState, HostState } from '../states.ts'

const Copies = z.int().min(1).max(MAX_COPIES)

export const NewDomain = z.strictObject({ name: DomainName })
export const NewClass = z.strictObject({ name: Name, copies: Copies })
export const ClassChange = z.strictObject({ copies: Copies })

export const Class = z.object({ name: z.string(), copies: z.int() })
export type Class = z.infer<typeof Class>
export const Domain = z.object({ name: z.string(), classes: z.array(Class) })
export type Domain = z.infer<typeof Domain>
export const DomainList = z.object({ domains: z.array(Domain) })

/** A new host is known by name; its agent enrolls with the token, once. */
export const NewHost = z.strictObject({ name: Name })
export const HostChange = z.strictObject({ state: HostState })
export const AddedHost = z.object({ hostId: HostId, name: z.string(), enrollmentToken: z.string() })
export type AddedHost = z.infer<typeof AddedHost>

/** `silentMs` is how long ago the agent was last heard; null when it never was. */
export const Host = z.object({
  hostId: HostId,
  name: z.string(),
  state: HostState,
  url: z.string().nullable(),
  silentMs: z.number().nullable(),
})
export type Host = z.infer<typeof Host>
export const HostList = z.object({ hosts: z.array(Host) })

export const NewDevice = z.strictObject({ host: Name })
export const DeviceChange = z
  .strictObject({ state: DeviceState.optional(), weight: z.int().min(0).max(1_000).optional() })
  .refine((change) => Object.keys(change).length > 0, 'names no change')

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

export const Scope = z.enum(['read', 'write', 'list', 'delete', 'admin'])
export type Scope = z.infer<typeof Scope>

/** Without a domain the key is good for every domain. */
export const NewApiKey = z.strictObject({
  label: Name,
  domain: DomainName.optional(),
  scopes: z.array(Scope).min(1),
})
export type NewApiKey = z.infer<typeof NewApiKey>
/** The secret is shown this once; only its hash is kept. */
export const AddedApiKey = z.object({ apiKeyId: z.int(), label: z.string(), key: z.string() })
export type AddedApiKey = z.infer<typeof AddedApiKey>
export const ApiKey = z.object({
  apiKeyId: z.int(),
  label: z.string(),
  domain: z.string().nullable(),
  scopes: z.array(Scope),
})
export const ApiKeyList = z.object({ keys: z.array(ApiKey) })

/** Counts are exact below 10,000 and stop there: no count walks a table of millions. */
export const Stats = z.object({
  shortfalls: z.array(z.object({ reason: z.string(), files: z.int() })),
  jobs: z.array(z.object({ host: z.string(), kind: z.string(), jobs: z.int() })),
  tombstones: z.int(),
  uploads: z.int(),
})
export type Stats = z.infer<typeof Stats>
