// One request that node:http has read: whose it is, by its URL, and what answers it. All but the
// scratch share and what an operator browses needs a ticket.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseFidPath } from '#shared/fid-path.ts'
import { Problem } from '#shared/problems.ts'
import { serveBrowsing } from '../browse/serve-browsing.ts'
import { spotOf } from '../browse/spot.ts'
import { isScratchUrl } from '../scratch/paths.ts'
import { serveScratch } from '../scratch/serve-scratch.ts'
import { isAboutUs, tellAboutUs } from './about-us.ts'
import type { Admission } from './admission.ts'
import { answerPreflight } from './cors.ts'
import type { Exchange, HttpDeps } from './exchange.ts'
import { getFile } from './get-file.ts'
import { moveFile } from './parts/move-file.ts'
import { isPart, putPart } from './parts/put-part.ts'
import { isForWriter, readComing } from './parts/read-coming.ts'
import { TUS_FACTS, tusDelete, tusHead, tusPatch } from './parts/tus.ts'
import { putFile } from './put-file.ts'
import { NODE_METHODS } from './refuse.ts'

export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
  admission: Admission,
  deps: HttpDeps,
): Promise<void> {
  const { url = '', method = '' } = request
  if (deps.origins !== undefined && answerPreflight(request, response, deps.origins)) return
  if (method === 'GET' && isAboutUs(request)) return tellAboutUs(url, request, response, deps)
  using _ = deps.load.requests.enter()
  const goOn = () => (awaitsContinue ? response.writeContinue() : undefined)
  if (deps.scratch !== undefined && isScratchUrl(url))
    return await serveScratch(request, response, deps.scratch, goOn)
  if (method === 'OPTIONS' && parseFidPath(url.split('?', 1)[0] ?? '') !== undefined)
    return tellOptions(response)
  const spot = spotOf(request)
  if (spot !== undefined) {
    const { devices, credential } = deps
    return await serveBrowsing({ request, response, spot, devices, goOn }, credential)
  }
  const ticket = admission.check(url, method)
  const exchange = { request, response, ticket, awaitsContinue }
  if (method === 'MOVE') await moveFile(exchange, admission, deps)
  else await verbFor(exchange)(exchange, deps)
}

type Verb = (exchange: Exchange, deps: HttpDeps) => Promise<void>

function verbFor(exchange: Exchange): Verb {
  const { request, ticket } = exchange
  if (ticket.verb === 'GET') return getFile
  if (isForWriter(exchange)) return readComing
  if (request.method === 'PATCH') return tusPatch
  if (request.method === 'HEAD') return tusHead
  if (request.method === 'DELETE') return tusDelete
  return isPart(exchange) ? putPart : putFile
}

/** For whoever has no ticket yet, or wants to know what one is good for. */
function tellOptions(response: ServerResponse): void {
  response.writeHead(204, ['allow', NODE_METHODS, ...TUS_FACTS]).end()
}

/**
 * A GET that needs more than the plain door, in a process that answers nothing else: whatever comes
 * after it on this connection may not be for us, so it is the last.
 */
export async function answerAsReader(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
  deps: HttpDeps,
): Promise<void> {
  const { url = '', method = '' } = request
  response.shouldKeepAlive = false
  if (method !== 'GET' && method !== 'HEAD') throw new Problem('busy', { method })
  if (deps.origins !== undefined) answerPreflight(request, response, deps.origins)
  using _ = deps.load.requests.enter()
  const ticket = admission.check(url, method)
  if (ticket.verb !== 'GET') throw new Problem('busy', { verb: ticket.verb })
  await getFile({ request, response, ticket, awaitsContinue: false }, deps)
}
