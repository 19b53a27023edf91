// API keys: who may do what. The secret itself is never here.
import * as z from 'zod'
import { ApiKey, Scope } from '#shared/wire/admin.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const ApiKeyRow = z.object({ apiKeyId: z.int() })

export const Caller = z.object({
  apiKeyId: z.int(),
  label: z.string(),
  domain: z.string().nullable(),
  scopes: z.array(Scope),
  /** Requests a second; null: no bound. */
  ratePerS: z.number().nullable(),
})
export type Caller = z.infer<typeof Caller>

export const callerOfKey = (keyHash: string) => statement(Caller)`
  select api_key_id as "apiKeyId", label, domain, scopes, rate_per_s as "ratePerS"
  from caller where key_hash = ${keyHash}`

/** Of those who share links. */
export const callerOfPublicKey = (publicKey: string) => statement(Caller)`
  select api_key_id as "apiKeyId", label, domain, scopes, rate_per_s as "ratePerS"
  from caller where public_key = ${publicKey}`

/** Zero rows: the domain that was named does not exist. `who` null: the first key of all. */
export const addApiKey = (
  who: Actor | null,
  key: {
    label: string
    keyHash: string
    /** What checks the links that its holder makes. */
    publicKey: string
    domain: string | null
    scopes: readonly Scope[]
    ratePerS?: number | null
  },
) => statement(ApiKeyRow)`
  with actor as (
    select set_config('mog.actor', ${who === null ? '' : acting(who)}, true)
  )
  insert into api_key (label, key_hash, public_key, domain_id, scopes, rate_per_s)
  select ${key.label}, ${key.keyHash}, ${key.publicKey}, domain_id, ${key.scopes}::text[],
    ${key.ratePerS ?? null}::int
  from actor left join domain on domain.name = ${key.domain}::text
  where ${key.domain}::text is null or domain_id is not null
  returning api_key_id as "apiKeyId"`

export const listApiKeys = () => statement(ApiKey)`
  select api_key_id as "apiKeyId", label, domain.name as domain, scopes, rate_per_s as "ratePerS"
  from api_key left join domain using (domain_id)
  order by api_key_id`

/** Zero rows: no such key. */
export const changeApiKey = (who: Actor, apiKeyId: number, ratePerS: number | null) =>
  statement(ApiKey)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), changed as (
    update api_key set rate_per_s = ${ratePerS}::int from actor
    where api_key_id = ${apiKeyId} returning api_key.*
  )
  select api_key_id as "apiKeyId", label, domain.name as domain, scopes, rate_per_s as "ratePerS"
  from changed left join domain using (domain_id)`

export const deleteApiKey = (who: Actor, apiKeyId: number) => statement(ApiKeyRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  delete from api_key using actor where api_key_id = ${apiKeyId} returning api_key_id as "apiKeyId"`
