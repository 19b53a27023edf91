// Domains and classes: list, add, change, delete (MogileFS Q12-Q15).
import { Name } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { ClassChange, NewClass, NewDomain } from '#shared/wire/admin.ts'
import { first, isDatabaseError, violates } from '../../db/db.ts'
import {
  addClass,
  addDomain,
  changeClass,
  deleteClass,
  deleteDomain,
  listDomains,
} from '../../db/domains.ts'
import { domainOf, parse, readJson, type TrackerContext } from '../../request.ts'

const FOREIGN_KEY_VIOLATION = '23503'

const refusedByFiles = (error: unknown) =>
  isDatabaseError(error) && error.code === FOREIGN_KEY_VIOLATION

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ domains: await c.var.deps.db.all(listDomains()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const { name } = await readJson(c, NewDomain)
  const added = await first(c.var.deps.db, addDomain(name))
  if (added === undefined) throw new Problem('domain_exists', { domain: name })
  return c.json(added, 201)
}

export async function remove(c: TrackerContext): Promise<Response> {
  const domain = domainOf(c)
  const gone = await first(c.var.deps.db, deleteDomain(domain)).catch((error: unknown) => {
    if (refusedByFiles(error)) throw new Problem('domain_has_files', { domain })
    throw error
  })
  if (gone === undefined) throw new Problem('unreg_domain', { domain })
  return c.body(null, 204)
}

export async function addItsClass(c: TrackerContext): Promise<Response> {
  const domain = domainOf(c)
  const { name, copies } = await readJson(c, NewClass)
  const statement = addClass(domain, name, copies)
  const added = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (!violates(error, 'class names are unique in a domain')) throw error
    throw new Problem('class_exists', { domain, class: name })
  })
  if (added === undefined) throw new Problem('unreg_domain', { domain })
  return c.json(added, 201)
}

export async function changeItsClass(c: TrackerContext): Promise<Response> {
  const [domain, name] = [domainOf(c), parse(Name, c.req.param('class'))]
  const { copies } = await readJson(c, ClassChange)
  const changed = await first(c.var.deps.db, changeClass(domain, name, copies))
  if (changed === undefined) throw new Problem('unreg_class', { domain, class: name })
  return c.json(changed)
}

export async function removeItsClass(c: TrackerContext): Promise<Response> {
  const [domain, name] = [domainOf(c), parse(Name, c.req.param('class'))]
  if (name === 'default') throw new Problem('nodel_default_class', { domain })
  const statement = deleteClass(domain, name)
  const gone = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (refusedByFiles(error)) throw new Problem('class_has_files', { domain, class: name })
    throw error
  })
  if (gone === undefined) throw new Problem('unreg_class', { domain, class: name })
  return c.body(null, 204)
}
