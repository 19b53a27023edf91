// What lies where on a device. Fids lie as MogileFS laid them (shared/fid-path.ts), so that its
// disks can be adopted; our own directories stand beside them. Pure: numbers in, text out.
import { join } from 'node:path'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, type Fid } from '#shared/ids.ts'

export const IDENTITY_FILE = 'mogile-device.json'
/** Bodies on their way in. Whatever is there at a start belongs to nobody. */
export const TEMP_DIR = 'tmp'
/** Bytes that were found wrong: kept for a person to look at, never erased by a guess. */
export const QUARANTINE_DIR = 'quarantine'
/** Files of which not all has come yet, and what is known of them; until their tickets end. */
export const PARTIAL_DIR = 'partial'
export const JOURNAL_DIR = 'journal'
/** What the database says of the files here, and of the cluster: for the day that it is lost. */
export const CATALOGUE_DIR = 'catalogue'

/** Others read nothing here: what a file holds is given away by ticket alone. */
export const FILE_MODE = 0o640

export const deviceDirectory = (root: string, deviceId: DeviceId): string =>
  join(root, `dev${deviceId}`)

/** The number of a `dev{N}` directory, or undefined for any other name. */
export function deviceIdOf(name: string): DeviceId | undefined {
  const digits = /^dev([1-9]\d{0,8})$/.exec(name)?.[1]
  return digits === undefined ? undefined : DeviceId.parse(Number(digits))
}

const anyDevice = DeviceId.parse(1)
const prefix = `/dev${anyDevice}`.length

/** Below the device's root: `/0/001/234/0001234567.fid` */
export const fileOf = (fid: Fid): string => fidPath(anyDevice, fid).slice(prefix)

/** Where the catalogue of one directory of fids lies: `/catalogue/0001/234` of leaf 1,234. */
export const catalogueFileOf = (leaf: number): string => {
  const above = String(Math.floor(leaf / 1_000)).padStart(4, '0')
  return `/${CATALOGUE_DIR}/${above}/${String(leaf % 1_000).padStart(3, '0')}`
}

/** The directory of a file, and those above it up to the device's root: `/0/001/234` first. */
export function directoriesOf(file: string): [leaf: string, ...above: string[]] {
  const leaf = file.slice(0, file.lastIndexOf('/'))
  const parts = leaf.split('/')
  return [leaf, ...parts.slice(1).map((_, index) => parts.slice(0, -1 - index).join('/'))]
}
