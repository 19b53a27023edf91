// Hosts: list, add (with a token for its agent), mark (MogileFS Q16, Q18).
import { Name } from '#shared/ids.ts'
import { hashSecret, newSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { type AddedHost, HostChange, NewHost } from '#shared/wire/admin.ts'
import { first } from '../../db/db.ts'
import { addHost, changeHost, listHosts, renewEnrollment } from '../../db/hosts.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ hosts: await c.var.deps.db.all(listHosts()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const { name } = await readJson(c, NewHost)
  const enrollmentToken = newSecret('enroll')
  const host = await first(c.var.deps.db, addHost(name, hashSecret(enrollmentToken)))
  if (host === undefined) throw new Problem('host_exists', { host: name })
  const added: AddedHost = { ...host, enrollmentToken }
  return c.json(added, 201)
}

/** The agent that enrolls with the new token takes the place of the one before. */
export async function renewToken(c: TrackerContext): Promise<Response> {
  const name = parse(Name, c.req.param('host'))
  const enrollmentToken = newSecret('enroll')
  const statement = renewEnrollment(name, hashSecret(enrollmentToken))
  const host = await first(c.var.deps.db, statement)
  if (host === undefined) throw new Problem('unknown_host', { host: name })
  const renewed: AddedHost = { ...host, enrollmentToken }
  return c.json(renewed, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const name = parse(Name, c.req.param('host'))
  const { state } = await readJson(c, HostChange)
  const host = await first(c.var.deps.db, changeHost(name, state))
  if (host === undefined) throw new Problem('unknown_host', { host: name })
  c.var.deps.view.forget()
  return c.json(host)
}
