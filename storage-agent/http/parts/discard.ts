// DELETE with a ticket to store: the client gives up, and what came in parts goes. What is a file
// already stays, whoever asks: only jobs erase (I4).
import { Problem } from '#shared/problems.ts'
import { emptyPartial } from '../../disk/partial/partial.ts'
import type { Exchange, HttpDeps } from '../exchange.ts'
import { beginPut } from '../put-file.ts'
import { bytesStored } from './finish.ts'

const OF_A_FILE = 'GET, HEAD, PUT'

export async function discard({ response, ticket }: Exchange, deps: HttpDeps): Promise<void> {
  const { fid, untilS } = ticket
  const { device } = beginPut({}, 0, ticket, deps)
  using _ = device.partials.take(fid)
  if ((await bytesStored(device, fid)) !== undefined)
    throw new Problem('method_not_allowed', { reason: 'it is stored', allow: OF_A_FILE })
  await emptyPartial(device, fid, { untilS, isGone: true })
  response.writeHead(204).end()
}
