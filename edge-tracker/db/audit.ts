// Who changed what. Triggers record it (migration 0030); a statement that changes what operators
// own says who acts, by joining this: `with actor as (select ${acting(who)} ...)`.
import { AuditEntry, type AuditQuery } from '#shared/wire/admin.ts'
import { statement } from './statement.ts'

/** Whose word it is. */
export interface Actor {
  apiKeyId: number
  /** As it is now: the key may be deleted later. */
  label: string
}

/** What `set_config('mog.actor', ..., true)` is given: good for the statement's transaction. */
export const acting = ({ apiKeyId, label }: Actor): string => JSON.stringify({ apiKeyId, label })

/** Oldest first. Numbers have no gaps and are given in the order of commits. */
export const readAudit = ({ after, limit }: AuditQuery) => statement(AuditEntry)`
  select audit_id as "auditId", floor(extract(epoch from at) * 1000)::bigint as "atMs",
    api_key_id as "apiKeyId", who, noun, verb, subject, before, after
  from audit where audit_id > ${after} order by audit_id limit ${limit}`
