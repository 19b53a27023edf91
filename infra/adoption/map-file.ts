// What becomes of a file of MogileFS here, or why it cannot be one. Pure.
import { Checksum, Key } from '#shared/ids.ts'
import { MAX_FID } from './limits.ts'
import type { OldFile } from './read-files.ts'

/** As the statement takes it. */
export interface AdoptedFile {
  fid: number
  domainId: number
  classId: number
  key: string
  bytes: number
  /** `none`: MogileFS knew none. The first scrub finds it. */
  checksum: string
  /** Ascending. Empty: none is known, and all devices will be searched. */
  deviceIds: number[]
}

export interface UnmappedFile {
  fid: number
  bytes: number
  copies: number
  reason: string
}

export interface Places {
  /** Our numbers of a dmid, and of its classids. */
  domains: ReadonlyMap<number, { domainId: number; classIds: ReadonlyMap<number, number> }>
  liveDevices: ReadonlySet<number>
}

export type KeyEncoding = 'utf-8' | 'latin1'

const DEFAULT_CLASS = 0
const KINDS: Readonly<Record<number, string>> = { 1: 'MD5', 2: 'SHA-1' }
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function mapFile(
  old: OldFile,
  places: Places,
  encoding: KeyEncoding,
): AdoptedFile | UnmappedFile {
  const { fid, length } = old
  const deviceIds = [...new Set(old.devids)]
    .filter((deviceId) => places.liveDevices.has(deviceId))
    .toSorted((a, b) => a - b)
  const not = (reason: string): UnmappedFile => ({
    fid,
    bytes: length ?? 0,
    copies: deviceIds.length,
    reason,
  })
  if (fid < 1 || fid > MAX_FID) return not(`its fid is not from 1 to ${MAX_FID}`)
  if (length === null || length < 0) return not('its length is not known')
  const domain = places.domains.get(old.dmid)
  if (domain === undefined) return not(`its domain ${old.dmid} is not there`)
  const classId = domain.classIds.get(old.classid) ?? domain.classIds.get(DEFAULT_CLASS)
  if (classId === undefined) return not(`its class ${old.classid} is not there`)
  const key = decodeKey(old.dkey, encoding)
  if (key === undefined) return not(`its key is not ${encoding} text`)

  const checksum = checksumOf(old)
  return { fid, domainId: domain.domainId, classId, key, bytes: length, checksum, deviceIds }
}

function decodeKey(hex: string, encoding: KeyEncoding): string | undefined {
  const bytes = Buffer.from(hex, 'hex')
  try {
    const text = encoding === 'latin1' ? bytes.toString('latin1') : utf8.decode(bytes)
    return Key.safeParse(text).data
  } catch {
    return undefined
  }
}

function checksumOf({ hashtype, checksum }: OldFile): string {
  const text = `${KINDS[hashtype ?? 0]}:${(checksum ?? '').toLowerCase()}`
  return Checksum.safeParse(text).success ? text : 'none'
}
