// An operator who knows the host's credential looks at its devices, by any DAV client: nothing can
// be changed here. The credential can fetch the keys of all tickets anyway: it gives no new right.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '#shared/problems.ts'
import { sendMultistatus } from '../dav/multistatus.ts'
import { requirePassword } from '../dav/password.ts'
import { describe, readWish, type Wish } from '../dav/properties.ts'
import { depthOf, readXml } from '../dav/request.ts'
import { findFile } from '../disk/read.ts'
import type { DeviceSet } from '../http/exchange.ts'
import { answerWith, DEFAULT_TYPE, describeFile } from '../http/file-answer.ts'
import { sendFile } from '../http/send-file.ts'
import { type Entry, entryOf, membersOf } from './entries.ts'
import type { Spot } from './spot.ts'

const ALLOW = 'OPTIONS, GET, HEAD, PROPFIND'
const CACHE_CONTROL = ['cache-control', 'private, no-cache']

export interface Browsing {
  request: IncomingMessage
  response: ServerResponse
  spot: Spot
  devices: DeviceSet
  goOn: () => void
}

export async function serveBrowsing(browsing: Browsing, credential: string): Promise<void> {
  const { request, response } = browsing
  const { method } = request
  requirePassword(request, response, credential, 'devices')
  if (method === 'OPTIONS')
    response.writeHead(200, ['dav', '1', 'allow', ALLOW, 'content-length', '0']).end()
  else if (method === 'PROPFIND') await propfind(browsing)
  else if (method === 'GET' || method === 'HEAD') await get(browsing)
  else throw new Problem('method_not_allowed', { method, allow: ALLOW })
}

async function get({ request, response, spot, devices }: Browsing): Promise<void> {
  if (spot.kind !== 'file')
    throw new Problem('method_not_allowed', { reason: 'a collection', allow: ALLOW })
  const { fid, deviceId } = spot
  const found = await findFile(devices.forClient(deviceId), fid)
  if (found === undefined) throw new Problem('unknown_fid', { fid, deviceId })
  await using _ = found.open
  const described = describeFile(`"${fid}"`, found.modifiedMs, DEFAULT_TYPE, CACHE_CONTROL)
  await sendFile(response, found, answerWith(request, described, found.bytes))
}

async function propfind({ request, response, spot, devices, goOn }: Browsing): Promise<void> {
  const depth = depthOf(request) ?? 'infinity'
  const wish = readWish(await readXml(request, goOn))
  const own = await entryOf(devices, spot)
  if (own === undefined) throw new Problem('unknown_resource')
  if (spot.kind === 'file' || depth === '0') return sendMultistatus(response, [tell(own, wish)])
  if (depth === 'infinity') throw new Problem('infinite_depth')
  await sendMultistatus(response, withMembers(own, membersOf(devices, spot), wish))
}

async function* withMembers(own: Entry, members: AsyncIterable<Entry>, wish: Wish) {
  yield tell(own, wish)
  for await (const member of members) yield tell(member, wish)
}

const tell = ({ href, properties }: Entry, wish: Wish) => describe(href, properties, wish)
