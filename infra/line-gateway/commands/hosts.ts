// Hosts (MogileFS Q16 to Q18). MogileFS's address of a host is the one by which clients reach its
// agent, whatever that says itself; its alternative address and mask are the internal ones.

import { HostState } from '#shared/states.ts'
import type { Host } from '#shared/wire/admin.ts'
import type { Arguments, Fields } from '../codec.ts'
import { type Call, type Command, NOTHING, need, wholeNumber } from '../command.ts'
import { LineRefusal } from '../refusals.ts'

const codes = { invalid_request: 'bad_params' }

/** Its agent enrolls with a token of its own: `mog host token NAME`. */
export const createHost: Command = {
  codes,
  async run({ args, admin }) {
    const name = need(args, 'host', 'no_host')
    const { hosts } = await admin.hosts.list()
    if (hosts.some((each) => each.name === name)) throw new LineRefusal('host_exists')
    need(args, 'ip', 'no_ip')
    need(args, 'port', 'no_port')
    const change = { state: 'down' as const, ...changeOf(args) }
    refuseTaken(hosts, name, change)
    const { hostId } = await admin.hosts.add(name)
    try {
      await admin.hosts.change(name, change)
    } catch (error) {
      await admin.hosts.delete(name) // half of it is no host
      throw error
    }
    return madeOf(hostId, name)
  },
}

export const updateHost: Command = {
  codes: { ...codes, unknown_host: 'host_not_found' },
  async run({ args, admin }) {
    const name = need(args, 'host', 'no_host')
    const { hosts } = await admin.hosts.list()
    const host = hosts.find((each) => each.name === name)
    if (host === undefined) throw new LineRefusal('host_not_found')
    const change = changeOf(args, host)
    if (Object.keys(change).length > 0) await admin.hosts.change(name, change)
    return madeOf(host.hostId, name)
  },
}

/** `host`, too: the Perl client takes an answer without it for a failure. */
const madeOf = (hostId: number, name: string): Fields => ({
  hostid: hostId,
  hostname: name,
  host: name,
})

/** Two steps make a host: one that would be left without its address is not begun. */
function refuseTaken(hosts: readonly Host[], name: string, change: { publicUrl?: string }): void {
  const isTaken = hosts.some(
    (each) => each.name !== name && addressOf(each) !== '' && addressOf(each) === change.publicUrl,
  )
  if (isTaken) throw new LineRefusal('dup')
}

function changeOf(args: Arguments, host?: Host) {
  const status = HostState.safeParse(args.get('status'))
  if (!status.success && (args.get('status') ?? '') !== '') throw new LineRefusal('unknown_state')
  refuseGetPort(args)
  const altMask = args.get('altmask')
  return {
    ...(status.success && { state: status.data }),
    ...publicUrlOf(args, host),
    ...internalUrlOf(args, host),
    ...(altMask !== undefined && { internalMask: altMask === '' ? null : altMask }),
  }
}

function publicUrlOf(args: Arguments, host: Host | undefined): { publicUrl?: string } {
  const [ip, port] = [args.get('ip') ?? '', args.get('port') ?? '']
  if (ip === '' && port === '') return {}
  const address = ip === '' ? partsOf(addressOf(host)).ip : ip
  return { publicUrl: originOf(address, portIn(args, host)) }
}

/** Said to be empty it is taken away; of another port it is at that, like the public one. */
function internalUrlOf(args: Arguments, host: Host | undefined): { internalUrl?: string | null } {
  const known = partsOf(host?.internalUrl ?? null).ip
  const altIp = args.get('altip') ?? ((args.get('port') ?? '') === '' ? undefined : known)
  if (altIp === undefined || (altIp === '' && !args.has('altip'))) return {}
  return { internalUrl: altIp === '' ? null : originOf(altIp, portIn(args, host)) }
}

/** A second server for reads stands beside an agent, at the same address (nginx). */
function refuseGetPort(args: Arguments): void {
  const port = args.get('getport') ?? ''
  if (port !== '' && port !== '0' && port !== args.get('port'))
    throw new LineRefusal('bad_params', 'An agent has one address: there is no port for GET alone')
}

const portIn = (args: Arguments, host: Host | undefined): number => {
  const text = args.get('port') ?? ''
  const port = text === '' ? Number(partsOf(addressOf(host)).port) : wholeNumber(text)
  if (port === undefined || port < 1 || port > 65_535) throw new LineRefusal('no_port')
  return port
}

function originOf(ip: string, port: number): string {
  const url = `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`
  if (!URL.canParse(url) || /[/?#@]/.test(ip)) throw new LineRefusal('no_ip')
  return new URL(url).origin
}

const addressOf = (host: Pick<Host, 'url' | 'publicUrl'> | undefined): string =>
  host?.publicUrl ?? host?.url ?? ''

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

function partsOf(url: string | null): { ip: string; port: string } {
  if (url === null || !URL.canParse(url)) return { ip: '', port: '' }
  const { hostname, port, protocol } = new URL(url)
  const ip = hostname.replace(/^\[(.*)\]$/, '$1')
  return { ip, port: port === '' ? (PORTS[protocol] ?? '') : port }
}

export const deleteHost: Command = {
  async run({ args, admin }) {
    await admin.hosts.delete(need(args, 'host', 'unknown_host'))
    return NOTHING
  },
}

export const getHosts: Command = {
  isRead: true,
  async run(call) {
    const hosts = await wantedHosts(call)
    const fields: Record<string, string | number> = { hosts: hosts.length }
    for (const [index, host] of hosts.entries())
      for (const [name, value] of Object.entries(fieldsOf(host)))
        fields[`host${index + 1}_${name}`] = value ?? ''
    return fields
  },
}

async function wantedHosts({ args, admin }: Call): Promise<Host[]> {
  const { hosts } = await admin.hosts.list()
  const hostId = wholeNumber(args.get('hostid'))
  return hostId === undefined ? hosts : hosts.filter((each) => each.hostId === hostId)
}

function fieldsOf(host: Host): Fields {
  const { ip, port } = partsOf(addressOf(host))
  return {
    hostid: host.hostId,
    status: host.state,
    hostname: host.name,
    hostip: ip,
    http_port: port,
    http_get_port: null,
    altip: partsOf(host.internalUrl).ip,
    altmask: host.internalMask,
  }
}
