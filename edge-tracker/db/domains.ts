// Domains and their classes.
import * as z from 'zod'
import type { DomainName, Name } from '#shared/ids.ts'
import { Class, Domain } from '#shared/wire/admin.ts'
import { statement } from './statement.ts'

const NameRow = z.object({ name: z.string() })

export const listDomains = () => statement(Domain)`
  select domain.name, coalesce(
    json_agg(json_build_object('name', class.name, 'copies', copies) order by class_id)
      filter (where class_id is not null), '[]') as classes
  from domain left join class using (domain_id)
  group by domain_id order by domain.name`

/** Made with its class `default` of two copies. Zero rows: the name is taken. */
export const addDomain = (name: DomainName) => statement(NameRow)`
  with added as (
    insert into domain (name) values (${name}) on conflict do nothing returning domain_id, name
  ), its_class as (
    insert into class (domain_id, name) select domain_id, 'default' from added
  )
  select name from added`

/** Zero rows: no such domain. One that has files violates a foreign key of file. */
export const deleteDomain = (name: DomainName) => statement(NameRow)`
  delete from domain where name = ${name} returning name`

/** Zero rows: no such domain. A name that is taken violates "class names are unique ...". */
export const addClass = (domain: DomainName, name: Name, copies: number) => statement(Class)`
  insert into class (domain_id, name, copies)
  select domain_id, ${name}, ${copies}::smallint from domain where domain.name = ${domain}
  returning name, copies`

/** For files stored from now on, and for those that a sweep looks at for another reason. */
export const changeClass = (domain: DomainName, name: Name, copies: number) => statement(Class)`
  update class set copies = ${copies}
  from domain
  where class.domain_id = domain.domain_id and domain.name = ${domain} and class.name = ${name}
  returning class.name, copies`

/** Zero rows: no such class. One that has files violates a foreign key of file. */
export const deleteClass = (domain: DomainName, name: Name) =>
  statement(NameRow)`
  delete from class using domain
  where class.domain_id = domain.domain_id and domain.name = ${domain} and class.name = ${name}
  returning class.name`
