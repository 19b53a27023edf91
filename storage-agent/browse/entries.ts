// What is at a spot and in it, with WebDAV's properties. Our own directories (journal, temp files,
// quarantine) are not shown: what lies there is no replica.
import { readdir, stat } from 'node:fs/promises'
import { fidPath } from '#shared/fid-path.ts'
import { davProperty, type Properties } from '../dav/properties.ts'
import { escapeXml } from '../dav/xml-render.ts'
import type { Device } from '../disk/device.ts'
import { codeOf, problemOf } from '../disk/failures.ts'
import type { DeviceSet } from '../http/exchange.ts'
import { DEFAULT_TYPE } from '../http/file-answer.ts'
import { parseSpot, type Spot } from './spot.ts'

export interface Entry {
  href: string
  properties: Properties
}

type Collection = Exclude<Spot, { kind: 'file' }>

/** Undefined where nothing is. */
export async function entryOf(devices: DeviceSet, spot: Spot): Promise<Entry | undefined> {
  if (spot.kind === 'host') return collection('/')
  const device = devices.forClient(spot.deviceId)
  const path =
    spot.kind === 'file'
      ? device.pathForReading(spot.fid)
      : device.rootForReading() + spot.directory
  const found = await orUndefined(device.lane.run(() => stat(path)))
  if (found === undefined) return undefined
  if (spot.kind === 'directory')
    return collection(`/dev${spot.deviceId}${spot.directory}/`, found.mtimeMs)
  return {
    href: fidPath(spot.deviceId, spot.fid),
    properties: new Map([
      davProperty('resourcetype', ''),
      davProperty('getcontentlength', String(found.size)),
      davProperty('getcontenttype', DEFAULT_TYPE),
      davProperty('getetag', escapeXml(`"${spot.fid}"`)),
      davProperty('getlastmodified', new Date(found.mtimeMs).toUTCString()),
    ]),
  }
}

/** One after the other. A device that cannot be read now is not shown in its host. */
export async function* membersOf(devices: DeviceSet, spot: Collection): AsyncGenerator<Entry> {
  for (const path of await pathsIn(devices, spot)) {
    const member = parseSpot(path)
    const entry = member && (await entryOf(devices, member))
    if (entry !== undefined) yield entry // or it went meanwhile
  }
}

async function pathsIn(devices: DeviceSet, spot: Collection): Promise<string[]> {
  if (spot.kind === 'host') {
    const readable = devices.all().filter(({ isReadable }) => isReadable)
    return readable.map(({ deviceId }) => `/dev${deviceId}`)
  }
  const { deviceId, directory, members } = spot
  const names = await namesIn(devices.forClient(deviceId), directory)
  const shown = members === 'fids' ? names : names.filter((name) => members.test(name))
  return shown.map((name) => `/dev${deviceId}${directory}/${name}`)
}

async function namesIn(device: Device, directory: string): Promise<string[]> {
  const path = device.rootForReading() + directory
  const names = await orUndefined(device.lane.run(() => readdir(path)))
  return names?.toSorted() ?? []
}

function collection(href: string, modifiedMs?: number): Entry {
  const modified =
    modifiedMs === undefined
      ? []
      : [davProperty('getlastmodified', new Date(modifiedMs).toUTCString())]
  return {
    href,
    properties: new Map([davProperty('resourcetype', '<D:collection/>'), ...modified]),
  }
}

async function orUndefined<Found>(looking: Promise<Found>): Promise<Found | undefined> {
  try {
    return await looking
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw problemOf(error)
  }
}
