// What an operator who browses can point at: the host, a device, a directory of fids, a fid. Pure:
// numbers that were parsed, never a path that was given.
import type { IncomingMessage } from 'node:http'
import { parseFidPath } from '#shared/fid-path.ts'
import type { DeviceId, Fid } from '#shared/ids.ts'
import { deviceIdOf } from '../disk/layout.ts'

export type Spot =
  | { kind: 'host' }
  | { kind: 'directory'; deviceId: DeviceId; directory: string; members: RegExp | 'fids' }
  | { kind: 'file'; deviceId: DeviceId; fid: Fid }

/** Below a device: the names in its root, and in each level under it. */
const LEVELS: readonly (RegExp | 'fids')[] = [/^\d$/, /^\d{3}$/, /^\d{3}$/, 'fids']

const shape = /^\/(dev[1-9]\d{0,8})((?:\/\d(?:\/\d{3}){0,2})?)$/

/** Undefined for any other text. */
export function parseSpot(path: string): Spot | undefined {
  if (path === '/') return { kind: 'host' }
  const file = parseFidPath(path)
  if (file !== undefined) return { kind: 'file', ...file }
  const [, device = '', directory = ''] = shape.exec(path.replace(/\/$/, '')) ?? []
  const deviceId = deviceIdOf(device)
  const members = LEVELS[directory.split('/').length - 1]
  if (deviceId === undefined || members === undefined) return undefined
  return { kind: 'directory', deviceId, directory, members }
}

/** What has a ticket is no browsing, nor what only tries whether it needs one. */
export function spotOf({ url = '', method = '', headers }: IncomingMessage): Spot | undefined {
  const isMeant = headers.authorization !== undefined || ['PROPFIND', 'OPTIONS'].includes(method)
  return isMeant && !url.includes('?') ? parseSpot(url) : undefined
}
