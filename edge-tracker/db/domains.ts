// Domains: flat namespaces with what they may hold.
import * as z from 'zod'
import type { DomainName } from '#shared/ids.ts'
import { Domain, type DomainChange, type NewDomain } from '#shared/wire/admin.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const NameRow = z.object({ name: z.string() })
const DomainRow = Domain.omit({ classes: true })

export const listDomains = () => statement(Domain)`
  select domain.name, quota_bytes as "quotaBytes", quota_files as "quotaFiles", coalesce(
    json_agg(json_build_object('name', class.name, 'copies', copies, 'policy', policy,
        'checksumKind', checksum_kind, 'commitAt', commit_at, 'trashS', trash_s,
        'cacheS', cache_s, 'publicRead', public_read) order by class_id)
      filter (where class_id is not null), '[]') as classes
  from domain left join class using (domain_id)
  group by domain_id order by domain.name`

/** Made with its class `default` of two copies. Zero rows: the name is taken. */
export const addDomain = (who: Actor, domain: NewDomain) => statement(DomainRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), added as (
    insert into domain (name, quota_bytes, quota_files)
    select ${domain.name}, ${domain.quotaBytes ?? null}::bigint,
      ${domain.quotaFiles ?? null}::bigint from actor
    on conflict do nothing returning *
  ), its_class as (
    insert into class (domain_id, name) select domain_id, 'default' from added
  )
  select name, quota_bytes as "quotaBytes", quota_files as "quotaFiles" from added`

/** Zero rows: no such domain. */
export const changeDomain = (who: Actor, name: DomainName, change: DomainChange) =>
  statement(DomainRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update domain set
    quota_bytes = case when ${change.quotaBytes !== undefined}
      then ${change.quotaBytes ?? null}::bigint else quota_bytes end,
    quota_files = case when ${change.quotaFiles !== undefined}
      then ${change.quotaFiles ?? null}::bigint else quota_files end
  from actor where name = ${name}
  returning name, quota_bytes as "quotaBytes", quota_files as "quotaFiles"`

/** Zero rows: no such domain. One that has files violates a foreign key of file. */
export const deleteDomain = (who: Actor, name: DomainName) => statement(NameRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  delete from domain using actor where name = ${name} returning name`
