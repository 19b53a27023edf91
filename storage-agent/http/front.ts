// nginx in front of the agent: it asks whether a GET may pass, and sends the bytes itself, by the
// X-Accel-Redirect that is answered here (infra/nginx). Only to who says that it understands that.
import { stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { fidPath } from '#shared/fid-path.ts'
import { Problem } from '#shared/problems.ts'
import type { Device } from '../disk/device.ts'
import { codeOf, problemOf } from '../disk/failures.ts'
import type { Exchange } from './exchange.ts'

/** The front sets it, over whatever its client had sent. */
export const isFromFront = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers['x-sendfile-type'] === 'X-Accel-Redirect'

/** When the file was last modified: that it is there, and where, is all that the agent looks at. */
export async function lookAtFile(device: Device, { ticket }: Exchange): Promise<number> {
  const { fid, deviceId } = ticket
  const path = device.pathForReading(fid)
  try {
    return (await device.lane.run(() => stat(path))).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Problem('unknown_fid', { fid, deviceId })
    throw problemOf(error)
  }
}

/** Headers and no body. Ranges are nginx's to cut. */
export function handOver({ response, ticket }: Exchange, prefix: string, facts: string[]): void {
  const { fid, deviceId } = ticket
  const path = prefix + fidPath(deviceId, fid).slice(1)
  response.writeHead(200, [...facts, 'x-accel-redirect', path, 'content-length', '0']).end()
}
