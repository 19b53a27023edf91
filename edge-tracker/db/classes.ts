// Classes of files: what their copies, checksums and readers are promised.
import * as z from 'zod'
import { ChecksumKind, type DomainName, type Name } from '#shared/ids.ts'
import { Class, type ClassChange, type NewClass } from '#shared/wire/admin.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const NameRow = z.object({ name: z.string() })

const KindRow = z.object({ name: z.string(), checksumKind: ChecksumKind })

/** Zero rows: no such domain, for one that is there has the class `default`. */
export const kindsOfClasses = (domain: DomainName) => statement(KindRow)`
  select class.name, checksum_kind as "checksumKind"
  from domain join class using (domain_id)
  where domain.name = ${domain}`

/** Zero rows: no such domain. A name that is taken violates "class names are unique ...". */
export const addClass = (who: Actor, domain: DomainName, ask: NewClass) => statement(Class)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  insert into class (domain_id, name, copies, policy, checksum_kind, commit_at, trash_s, cache_s,
    public_read)
  select domain_id, ${ask.name}, ${ask.copies}::smallint,
    ${ask.policy ?? 'MultipleHosts()'}, ${ask.checksumKind ?? 'SHA-256'},
    ${ask.commitAt ?? 1}::smallint, ${ask.trashS ?? 0}::int, ${ask.cacheS ?? null}::int,
    ${ask.publicRead ?? false}::boolean
  from domain, actor where domain.name = ${domain}
  returning name, copies, policy, checksum_kind as "checksumKind", commit_at as "commitAt",
    trash_s as "trashS", cache_s as "cacheS", public_read as "publicRead"`

/** What is left out stays. Zero rows: no such class. */
export const changeClass = (who: Actor, domain: DomainName, name: Name, change: ClassChange) =>
  statement(Class)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update class set
    copies = coalesce(${change.copies ?? null}::smallint, copies),
    policy = coalesce(${change.policy ?? null}::text, policy),
    checksum_kind = coalesce(${change.checksumKind ?? null}::text, checksum_kind),
    commit_at = coalesce(${change.commitAt ?? null}::smallint, commit_at),
    trash_s = coalesce(${change.trashS ?? null}::int, trash_s),
    cache_s = case when ${change.cacheS !== undefined}
      then ${change.cacheS ?? null}::int else cache_s end,
    public_read = coalesce(${change.publicRead ?? null}::boolean, public_read)
  from domain, actor
  where class.domain_id = domain.domain_id and domain.name = ${domain} and class.name = ${name}
  returning class.name, copies, policy, checksum_kind as "checksumKind",
    commit_at as "commitAt", trash_s as "trashS", cache_s as "cacheS",
    public_read as "publicRead"`

/** Zero rows: no such class. One that has files violates a foreign key of file. */
export const deleteClass = (who: Actor, domain: DomainName, name: Name) => statement(NameRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  delete from class using domain, actor
  where class.domain_id = domain.domain_id and domain.name = ${domain} and class.name = ${name}
  returning class.name`
