// Hosts: list, add (with a token for its agent), change, delete (MogileFS Q16-Q18).
import { Name } from '#shared/ids.ts'
import { hashSecret, newSecret } from '#shared/mac.ts'
import { parseMasks } from '#shared/netmask.ts'
import { Problem } from '#shared/problems.ts'
import { type AddedHost, HostChange, NewHost, Rotation } from '#shared/wire/admin.ts'
import { first, isForeignKeyViolation, violates } from '../../db/db.ts'
import {
  addHost,
  changeHost,
  deleteHost,
  listHosts,
  renewEnrollment,
  rotateHostKey,
} from '../../db/hosts.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

/** Tickets for reading last to the end of a whole minute. */
const TICKET_ROUNDING_MS = 60_000

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

/**
 * Signs with the next key from now on, which the agent holds since its last sync. Refused where
 * URLs that were given out would be refused by that, unless it is forced: the key was stolen.
 */
export async function rotate(c: TrackerContext): Promise<Response> {
  const { deps, caller } = c.var
  const name = parse(Name, c.req.param('host'))
  const { force } = await readJson(c, Rotation)
  const { readTicketMs, uploadMs } = (await deps.view.get()).settings
  const ticketsLiveMs = Math.max(readTicketMs, uploadMs) + TICKET_ROUNDING_MS
  const host = await first(deps.db, rotateHostKey(caller, name, { ticketsLiveMs, force }))
  if (host === undefined) throw new Problem('unknown_host', { host: name })
  if (host.keyVersion === null)
    throw new Problem('rotation_too_early', {
      host: name,
      because: host.held
        ? 'tickets under the version before have not expired'
        : 'its agent does not hold the next key yet',
    })
  deps.view.forget()
  return c.json({ keyVersion: host.keyVersion })
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
