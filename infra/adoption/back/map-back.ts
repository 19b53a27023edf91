// What becomes of our classes, hosts and files in a MogileFS database. Pure: what has no place
// there becomes a note, in words for an operator.
import type { KeyEncoding } from '../map-file.ts'
import type { OurClass, OurCluster, OurFile, OurHost } from './read-ours.ts'

export interface OldClassRow {
  dmid: number
  classid: number
  classname: string
  mindevcount: number
  replpolicy: string
  hashtype: number | null
}

export interface OldFileRow {
  fid: number
  dmid: number
  /** In hex. */
  dkey: string
  length: number
  classid: number
  devids: readonly number[]
  hashtype: number | null
  /** In hex. */
  checksum: string
  /** Fewer copies than the class asks for: MogileFS makes the others. */
  isShort: boolean
}

export interface Back {
  classes: OldClassRow[]
  /** By our numbers. */
  byClassId: ReadonlyMap<number, OldClassRow>
  notes: string[]
}

const HASH_TYPES: Readonly<Record<string, number>> = { MD5: 1, 'SHA-1': 2 }
const MAX_CLASS_NAME = 50
const MAX_KEY = 255

/** The default class is number 0 there; the others are numbered from 1 in each domain. */
export function mapClassesBack({ domains, classes }: OurCluster): Back {
  const notes: string[] = []
  const byClassId = new Map<number, OldClassRow>()
  for (const { domainId, name } of domains) {
    let next = 1
    for (const each of classes.filter((its) => its.domainId === domainId)) {
      const classid = each.name === 'default' ? 0 : next++
      byClassId.set(each.classId, rowOf(each, classid, `class ${name}/${each.name}`, notes))
    }
  }
  return { classes: [...byClassId.values()], byClassId, notes }
}

function rowOf(each: OurClass, classid: number, about: string, notes: string[]): OldClassRow {
  const { domainId, name, copies, checksumKind } = each
  const isOurs = each.policy.startsWith('Union(')
  if (isOurs) notes.push(`${about} has the policy ${each.policy}; it gets MultipleHosts()`)
  const hashtype = HASH_TYPES[checksumKind] ?? null
  if (hashtype === null && checksumKind !== 'none')
    notes.push(`${about} keeps ${checksumKind}, which MogileFS does not: it keeps none there`)
  const classname = name.slice(0, MAX_CLASS_NAME)
  if (classname !== name) notes.push(`${about} is called ${classname} there`)
  const replpolicy = isOurs ? 'MultipleHosts()' : each.policy
  return { dmid: domainId, classid, classname, mindevcount: copies, replpolicy, hashtype }
}

/** Or why it has no place there. */
export function mapFileBack(file: OurFile, back: Back, encoding: KeyEncoding): OldFileRow | string {
  const { fid, domainId, key, bytes, deviceIds } = file
  const its = back.byClassId.get(file.classId)
  if (its === undefined) return 'its class is not there'
  if (Array.from(key).length > MAX_KEY) return `its key is longer than ${MAX_KEY} characters`
  const dkey = Buffer.from(key, encoding)
  if (dkey.toString(encoding) !== key) return `its key is not ${encoding} text`
  const [kind = '', digest = ''] = file.checksum.split(':', 2)
  const hashtype = HASH_TYPES[kind] ?? null
  return {
    fid,
    dmid: domainId,
    dkey: dkey.toString('hex'),
    length: bytes,
    classid: its.classid,
    devids: deviceIds,
    hashtype,
    checksum: hashtype === null ? '' : digest,
    isShort: deviceIds.length < its.mindevcount,
  }
}

/** Where clients reach it; mogstored is to listen there. */
export function addressOf({ url }: OurHost): { ip: string; port: number } | undefined {
  if (url === null || !URL.canParse(url)) return undefined
  const { hostname, port, protocol } = new URL(url)
  const ip = hostname.replace(/^\[(.*)\]$/, '$1')
  const usual = protocol === 'https:' ? 443 : 80
  return { ip, port: port === '' ? usual : Number(port) }
}
