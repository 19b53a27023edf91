// Classes of a domain: add, change, delete (MogileFS Q13, Q14). Domains list them.
import { type DomainName, Name } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { ClassChange, NewClass } from '#shared/wire/admin.ts'
import { addClass, changeClass, deleteClass } from '../../db/classes.ts'
import { first, isForeignKeyViolation, violates } from '../../db/db.ts'
import { parsePolicy } from '../../placement/replication-policy/parse-policy.ts'
import { domainOf, type FieldCodes, parse, readJson, type TrackerContext } from '../../request.ts'

/** MogileFS's words for what a class cannot ask for. */
const codes: FieldCodes = {
  copies: 'invalid_mindevcount',
  policy: 'invalid_replpolicy',
  checksumKind: 'invalid_hashtype',
}

export async function add(c: TrackerContext): Promise<Response> {
  const domain = domainOf(c)
  const wanted = await readJson(c, NewClass, codes)
  if (wanted.policy !== undefined) parsePolicy(wanted.policy)
  const statement = addClass(c.var.caller, domain, wanted)
  const added = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (isForeignKeyViolation(error)) return undefined // the domain was deleted at the same time
    return refusal(domain, wanted.name)(error)
  })
  if (added === undefined) throw new Problem('unreg_domain', { domain })
  c.var.deps.view.forget()
  return c.json(added, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const [domain, name] = [domainOf(c), parse(Name, c.req.param('class'))]
  const wanted = await readJson(c, ClassChange, codes)
  if (wanted.policy !== undefined) parsePolicy(wanted.policy)
  const statement = changeClass(c.var.caller, domain, name, wanted)
  const changed = await first(c.var.deps.db, statement).catch(refusal(domain, name))
  if (changed === undefined) throw new Problem('unreg_class', { domain, class: name })
  c.var.deps.view.forget()
  return c.json(changed)
}

export async function remove(c: TrackerContext): Promise<Response> {
  const [domain, name] = [domainOf(c), parse(Name, c.req.param('class'))]
  if (name === 'default') throw new Problem('nodel_default_class', { domain })
  const statement = deleteClass(c.var.caller, domain, name)
  const gone = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (isForeignKeyViolation(error)) throw new Problem('class_has_files', { domain, class: name })
    throw error
  })
  if (gone === undefined) throw new Problem('unreg_class', { domain, class: name })
  return c.body(null, 204)
}

/** What the schema refuses, in our words. */
const refusal =
  (domain: DomainName, name: Name) =>
  (error: unknown): never => {
    if (violates(error, 'class names are unique in a domain'))
      throw new Problem('class_exists', { domain, class: name })
    if (violates(error, 'a close waits for no more copies than the class has'))
      throw new Problem('invalid_request', { at: 'commitAt', problem: 'more than the copies' })
    throw error
  }
