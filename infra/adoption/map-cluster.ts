// What becomes of a MogileFS cluster's domains, classes, hosts, devices and settings here. Pure:
// what does not map as it is becomes a note, in words for an operator.
import { reasonOf } from '#infra/reason-of.ts'
import { type ChecksumKind, DomainName, Name } from '#shared/ids.ts'
import { MAX_COPIES } from '#shared/limits.ts'
import { parseNetworkZones } from '#shared/network-zones.ts'
import { DeviceState, HostState } from '#shared/states.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import type { OldCluster } from './read-cluster.ts'

export interface NewClass {
  domain: string
  name: string
  copies: number
  policy: string
  checksumKind: ChecksumKind
}

export interface Plan {
  domains: string[]
  classes: NewClass[]
  hosts: { hostId: number; name: string; state: string }[]
  devices: { deviceId: number; hostId: number; state: string; weight: number }[]
  networkZones: string | undefined
  /** Of each dmid: its domain, and the names of its classes by classid. */
  names: Map<number, { domain: string; classes: Map<number, string> }>
  /** Copies there count. */
  liveDevices: Set<number>
  notes: string[]
}

export interface MapOptions {
  /** MogileFS's default_mindevcount, which is in its trackers' configuration. */
  defaultCopies: number
  /** Of classes that MogileFS kept no checksums for. */
  checksumKind: ChecksumKind
}

/** MogileFS's classid of the class that needs no row. */
const DEFAULT_CLASS = 0

export function mapCluster(old: OldCluster, options: MapOptions): Plan {
  const notes: string[] = []
  const names: Plan['names'] = new Map()
  const classes: NewClass[] = []
  for (const { dmid, namespace } of old.domains) {
    if (!DomainName.safeParse(namespace).success) {
      notes.push(`domain ${JSON.stringify(namespace)} cannot be a domain here: its files stay out`)
      continue
    }
    const own = mapClasses(old, dmid, namespace, options, notes)
    classes.push(...own.values())
    const classNames = new Map([...own].map(([classid, { name }]) => [classid, name]))
    names.set(dmid, { domain: namespace, classes: classNames })
  }
  const hosts = mapHosts(old, notes)
  const hostIds = new Set(hosts.map(({ hostId }) => hostId))
  const devices = mapDevices(old, hostIds, notes)
  return {
    domains: [...names.values()].map(({ domain }) => domain),
    classes,
    hosts,
    devices,
    networkZones: mapZones(old, notes),
    names,
    liveDevices: new Set(
      devices.filter(({ state }) => state !== 'dead').map(({ deviceId }) => deviceId),
    ),
    notes,
  }
}

function mapClasses(
  { classes }: OldCluster,
  dmid: number,
  domain: string,
  { defaultCopies, checksumKind }: MapOptions,
  notes: string[],
): Map<number, NewClass> {
  const implicit = { classid: DEFAULT_CLASS, classname: 'default', mindevcount: defaultCopies }
  const given = classes.filter((each) => each.dmid === dmid)
  const hasDefault = given.some(({ classid }) => classid === DEFAULT_CLASS)
  const all = hasDefault ? given : [{ ...implicit, replpolicy: null, hashtype: null }, ...given]
  const taken = new Set<string>()
  return new Map(
    all.map((each) => {
      const about = `class ${JSON.stringify(each.classname)} of ${domain}`
      const name = freeName(each.classname, taken, about, notes)
      const copies = Math.min(Math.max(each.mindevcount, 1), MAX_COPIES)
      if (copies !== each.mindevcount)
        notes.push(`${about} asks for ${each.mindevcount} copies, and gets ${copies}`)
      const policy = mapPolicy(each.replpolicy, about, notes)
      const kind = kinds[each.hashtype ?? 0] ?? checksumKind
      return [each.classid, { domain, name, copies, policy, checksumKind: kind }]
    }),
  )
}

/** MogileFS's hash types. */
const kinds: Readonly<Record<number, ChecksumKind>> = { 1: 'MD5', 2: 'SHA-1' }

function mapPolicy(text: string | null, about: string, notes: string[]): string {
  try {
    return parsePolicy(text ?? '').text
  } catch (error) {
    notes.push(`${about}: ${reasonOf(error)}; it gets MultipleHosts()`)
    return 'MultipleHosts()'
  }
}

/** The name, or one like it that can be a name here and is not another's. */
function freeName(old: string, taken: Set<string>, about: string, notes: string[]): string {
  const like = old.replaceAll(/[^\p{L}\p{N}._-]/gu, '-').replace(/^[._-]+/, '')
  let name = Name.safeParse(like).success ? like : 'unnamed'
  for (let n = 2; taken.has(name); n++) name = `${like.slice(0, 40)}-${n}`
  taken.add(name)
  if (name !== old) notes.push(`${about} is called ${name} here`)
  return name
}

function mapHosts({ hosts }: OldCluster, notes: string[]): Plan['hosts'] {
  const taken = new Set<string>()
  return hosts
    .filter(({ hostid }) => isNumber(hostid, `host ${hostid}`, notes))
    .map(({ hostid, hostname, status, altip, altmask }) => {
      const about = `host ${JSON.stringify(hostname)}`
      if (altip !== null && altip !== '')
        notes.push(
          `${about} has the second address ${altip} for ${altmask ?? 'nobody'}: when its agent ` +
            'runs, `mog host set` gives it an internal one',
        )
      const name = freeName(hostname, taken, about, notes)
      const state = HostState.safeParse(status).data ?? 'down'
      if (state !== status) notes.push(`${about} is in the state ${status}: it is marked down`)
      return { hostId: hostid, name, state }
    })
}

function mapDevices(
  { devices }: OldCluster,
  hostIds: ReadonlySet<number>,
  notes: string[],
): Plan['devices'] {
  return devices
    .filter(({ devid, hostid }) => {
      if (!hostIds.has(hostid))
        notes.push(`device ${devid} is on host ${hostid}, which is not there`)
      return isNumber(devid, `device ${devid}`, notes) && hostIds.has(hostid)
    })
    .map(({ devid, hostid, status, weight }) => {
      const state = DeviceState.safeParse(status).data ?? 'down'
      if (state !== status) notes.push(`device ${devid} is in the state ${status}: marked down`)
      return { deviceId: devid, hostId: hostid, state, weight: Math.max(weight ?? 100, 0) }
    })
}

function isNumber(id: number, about: string, notes: string[]): boolean {
  const is = Number.isSafeInteger(id) && id >= 1 && id <= 999_999_999
  if (!is)
    notes.push(`${about} cannot keep its number: it stays out, and copies there do not count`)
  return is
}

/** network_zones and zone_NAME are one setting here. Others are for MogileFS's trackers alone. */
function mapZones({ settings }: OldCluster, notes: string[]): string | undefined {
  const values = new Map(settings.map(({ field, value }) => [field, value ?? '']))
  const zones = (values.get('network_zones') ?? '').split(',').map((zone) => zone.trim())
  const text = zones
    .filter((zone) => zone !== '')
    .map((zone) => `${zone}=${values.get(`zone_${zone}`) ?? ''}`)
    .join(';')
  const isReadable = parseNetworkZones(text) !== undefined
  if (!isReadable) notes.push(`the zones cannot be read, and are left out: ${text}`)
  const foreign = [...values.keys()].filter(
    (field) => !/^(schema_version|network_zones|zone_.*|fsck_.*|rebal_.*|_.*)$/.test(field),
  )
  if (foreign.length > 0) notes.push(`settings without a meaning here: ${foreign.join(', ')}`)
  return text !== '' && isReadable ? text : undefined
}
