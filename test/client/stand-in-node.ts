// A node in memory: PUT answers with a receipt, GET knows ranges.
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { parseFidPath } from '#shared/fid-path.ts'
import { Problem } from '#shared/problems.ts'
import { type Answer, answerJson, answerProblem } from './http-server.ts'

export const checksumOf = (bytes: Uint8Array): string =>
  `SHA-256:${createHash('sha256').update(bytes).digest('hex')}`

export const nodeAnswers =
  (deviceId: number, disk: Map<number, Buffer<ArrayBuffer>>): Answer =>
  async (request, response) => {
    const place = parseFidPath(new URL(request.url ?? '', 'http://node').pathname)
    if (place?.deviceId !== deviceId) return answerProblem(response, new Problem('ticket_invalid'))

    if (request.method === 'PUT') {
      const bytes = await buffer(request)
      disk.set(place.fid, bytes)
      const stored = { ...place, bytes: bytes.length, checksum: checksumOf(bytes) }
      return answerJson(response, 201, { ...stored, receipt: `receipt of node${deviceId}` })
    }

    const bytes = disk.get(place.fid)
    if (bytes === undefined) return answerProblem(response, new Problem('unknown_fid'))
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    if (range === null)
      return response.writeHead(200, { 'content-length': bytes.length }).end(bytes)

    const first = Number(range[1])
    if (first >= bytes.length) return answerProblem(response, new Problem('range_not_satisfiable'))
    const part = bytes.subarray(first, range[2] === '' ? undefined : Number(range[2]) + 1)
    return response.writeHead(206, { 'content-length': part.length }).end(part)
  }
