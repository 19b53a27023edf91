// Domains: list, add, change, delete (MogileFS Q12, Q15).
import { Problem } from '#shared/problems.ts'
import { DomainChange, NewDomain } from '#shared/wire/admin.ts'
import { first, isForeignKeyViolation } from '../../db/db.ts'
import { addDomain, changeDomain, deleteDomain, listDomains } from '../../db/domains.ts'
import { domainOf, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ domains: await c.var.deps.db.all(listDomains()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const wanted = await readJson(c, NewDomain)
  const added = await first(c.var.deps.db, addDomain(c.var.caller, wanted))
  if (added === undefined) throw new Problem('domain_exists', { domain: wanted.name })
  return c.json(added, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const domain = domainOf(c)
  const wanted = await readJson(c, DomainChange)
  const changed = await first(c.var.deps.db, changeDomain(c.var.caller, domain, wanted))
  if (changed === undefined) throw new Problem('unreg_domain', { domain })
  return c.json(changed)
}

export async function remove(c: TrackerContext): Promise<Response> {
  const domain = domainOf(c)
  const statement = deleteDomain(c.var.caller, domain)
  const gone = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (isForeignKeyViolation(error)) throw new Problem('domain_has_files', { domain })
    throw error
  })
  if (gone === undefined) throw new Problem('unreg_domain', { domain })
  return c.body(null, 204)
}
