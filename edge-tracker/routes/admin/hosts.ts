// Hosts: list, add (with a token for its agent), change, delete (MogileFS Q16-Q18).
import { Name } from '#shared/ids.ts'
import { hashSecret, newSecret } from '#shared/mac.ts'
import { parseMasks } from '#shared/netmask.ts'
import { Problem } from '#shared/problems.ts'
import { type AddedHost, HostChange, NewHost } from '#shared/wire/admin.ts'
import { first, isForeignKeyViolation, violates } from '../../db/db.ts'
import { addHost, changeHost, deleteHost, listHosts, renewEnrollment } from '../../db/hosts.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

const ADDRESS_INDEXES = ['public addresses are unique', 'internal addresses are unique']

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ hosts: await c.var.deps.db.all(listHosts()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const { name } = await readJson(c, NewHost)
  const enrollmentToken = newSecret('enroll')
  const host = await first(c.var.deps.db, addHost(c.var.caller, name, hashSecret(enrollmentToken)))
  if (host === undefined) throw new Problem('host_exists', { host: name })
  const added: AddedHost = { ...host, enrollmentToken }
  return c.json(added, 201)
}

/** The agent that enrolls with the new token takes the place of the one before. */
export async function renewToken(c: TrackerContext): Promise<Response> {
  const name = parse(Name, c.req.param('host'))
  const enrollmentToken = newSecret('enroll')
  const statement = renewEnrollment(c.var.caller, name, hashSecret(enrollmentToken))
  const host = await first(c.var.deps.db, statement)
  if (host === undefined) throw new Problem('unknown_host', { host: name })
  const renewed: AddedHost = { ...host, enrollmentToken }
  return c.json(renewed, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const name = parse(Name, c.req.param('host'))
  const wanted = await readJson(c, HostChange, { state: 'unknown_state' })
  if (typeof wanted.internalMask === 'string' && parseMasks(wanted.internalMask) === undefined)
    throw new Problem('invalid_request', { at: 'internalMask', problem: 'not a list of networks' })
  const statement = changeHost(c.var.caller, name, wanted)
  const host = await first(c.var.deps.db, statement).catch((error: unknown) => {
    const taken = ADDRESS_INDEXES.some((index) => violates(error, index))
    throw taken ? new Problem('duplicate_address', { host: name }) : error
  })
  if (host === undefined) throw new Problem('unknown_host', { host: name })
  c.var.deps.view.forget()
  return c.json(host)
}

/** Its agent, if there is one, is a stranger from then on. */
export async function remove(c: TrackerContext): Promise<Response> {
  const name = parse(Name, c.req.param('host'))
  const statement = deleteHost(c.var.caller, name)
  const gone = await first(c.var.deps.db, statement).catch((error: unknown) => {
    throw isForeignKeyViolation(error) ? new Problem('host_not_empty', { host: name }) : error
  })
  if (gone === undefined) throw new Problem('unknown_host', { host: name })
  c.var.deps.view.forget()
  return c.body(null, 204)
}
