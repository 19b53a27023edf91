// The scratch share's door: its password, and its verbs. It knows no fid and no device, and nothing
// of the cluster lies there.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '#shared/problems.ts'
import { requirePassword } from '../dav/password.ts'
import type { ScratchExchange } from './exchange.ts'
import { parsePath } from './paths.ts'
import type { Share } from './share.ts'
import { remove } from './verbs/delete.ts'
import { get } from './verbs/get.ts'
import { lock, unlock } from './verbs/lock.ts'
import { mkcol } from './verbs/mkcol.ts'
import { propfind } from './verbs/propfind.ts'
import { proppatch } from './verbs/proppatch.ts'
import { put } from './verbs/put.ts'
import { copy, move } from './verbs/transfer.ts'

type Verb = (exchange: ScratchExchange) => void | Promise<void>

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['OPTIONS', options],
  ['GET', get],
  ['HEAD', get],
  ['PUT', put],
  ['DELETE', remove],
  ['MKCOL', mkcol],
  ['COPY', copy],
  ['MOVE', move],
  ['PROPFIND', propfind],
  ['PROPPATCH', proppatch],
  ['LOCK', lock],
  ['UNLOCK', unlock],
])

const ALLOW = [...verbs.keys()].join(', ')

export async function serveScratch(
  request: IncomingMessage,
  response: ServerResponse,
  share: Share,
  goOn: () => void,
): Promise<void> {
  const { url = '', method = '' } = request
  requirePassword(request, response, share.password, 'scratch')
  const verb = verbs.get(method)
  if (verb === undefined) throw new Problem('method_not_allowed', { method, allow: ALLOW })
  await verb({ request, response, path: parsePath(url), share, goOn })
}

function options({ response }: ScratchExchange): void {
  const classes = ['dav', '1, 2', 'ms-author-via', 'DAV']
  response.writeHead(200, [...classes, 'allow', ALLOW, 'content-length', '0']).end()
}
