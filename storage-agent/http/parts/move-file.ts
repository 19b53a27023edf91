// MOVE of a file to where an upload may store, both by their tickets and on this host: so do
// MogileFS's clients begin to edit. A fid's bytes never change (I1), so the upload begins with a
// copy of them, and takes parts from then on. A crash here costs the upload, and not the file.
import { Problem } from '#shared/problems.ts'
import { ticketInQuery } from '#shared/ticket-in-path.ts'
import type { CheckedTicket } from '#shared/tickets.ts'
import { emptyPartial, receivePart } from '../../disk/partial/partial.ts'
import { readPieces } from '../../disk/pieces.ts'
import { type FoundFile, findFile } from '../../disk/read.ts'
import type { Admission } from '../admission.ts'
import type { Exchange, HttpDeps } from '../exchange.ts'
import { beginPut } from '../put-file.ts'
import { bytesStored } from './finish.ts'

export async function moveFile(
  { request, response, ticket: source }: Exchange,
  admission: Pick<Admission, 'check'>,
  deps: HttpDeps,
): Promise<void> {
  const { destination } = request.headers
  const target = admission.check(pathIn(destination), 'PUT')
  if (target.parts !== true) throw new Problem('ticket_invalid', { reason: 'takes no parts' })
  const { fid, deviceId } = source
  const found = await findFile(deps.devices.forReading(source), fid)
  if (found === undefined) throw new Problem('unknown_fid', { fid, deviceId })
  await using _ = found.open
  await begin(found, target, deps)
  response.writeHead(201, ['content-length', '0']).end()
}

/** As often as it is asked: what had come before goes. */
async function begin(found: FoundFile, target: CheckedTicket, deps: HttpDeps): Promise<void> {
  const { fid, untilS } = target
  const { device } = beginPut({}, found.bytes, target, deps)
  using held = new DisposableStack()
  held.use(deps.load.largeBodies.enter())
  held.use(device.partials.take(fid))
  if ((await bytesStored(device, fid)) !== undefined) throw new Problem('fid_exists', { fid })
  await emptyPartial(device, fid, { untilS, isGone: false })
  const part = { start: 0, maxEnd: found.bytes, untilS }
  if (found.bytes > 0) await receivePart(device, fid, part, bytesOf(found))
}

async function* bytesOf({ bytes, whole, open }: FoundFile): AsyncGenerator<Uint8Array, void, void> {
  if (open === undefined) yield whole ?? new Uint8Array()
  // a piece is good until the next is asked for, and the writer gathers several
  else for await (const piece of readPieces(open, 0, bytes)) yield Buffer.from(piece)
}

/** Its ticket is signed as it stands, so nothing of it may be folded or encoded again. */
function pathIn(destination: string | string[] | undefined): string {
  const [, path] = /^(?:https?:\/\/[^/?#]+)?(\/[!-~]*)$/.exec(String(destination ?? '')) ?? []
  if (path === undefined) throw new Problem('invalid_request', { destination: 'must be a URL' })
  return ticketInQuery(path)
}
