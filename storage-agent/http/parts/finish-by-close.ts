// A file that came in parts, of which nobody said how long it is until its close does: the
// tracker's HEAD says so in its ticket, and when just so many bytes are there, they are the file.
import { readPartial } from '../../disk/partial/partial.ts'
import { isWhole } from '../../disk/partial/stretches.ts'
import type { Exchange, HttpDeps } from '../exchange.ts'
import { beginPut } from '../put-file.ts'
import { finish } from './finish.ts'

/** Whether there is a file now. */
export async function finishByClose(exchange: Exchange, deps: HttpDeps): Promise<boolean> {
  const { bytes, fid, deviceId } = exchange.ticket
  if (bytes === undefined) return false
  const device = deps.devices.forClient(deviceId)
  using _ = device.partials.take(fid)
  const partial = await readPartial(device, fid)
  if (partial === undefined || partial.isGone || !isWhole(partial.stretches, bytes)) return false
  // as long as who sent it might: what came to lie later could be unknown (I7)
  const { untilS } = partial
  // whoever wants a checksum asks for it in the same breath: the bytes are read once
  const ticket = { ...exchange.ticket, untilS, maxBytes: bytes, checksumKind: 'none' } as const
  const { terms } = beginPut({}, 0, ticket, deps)
  await finish(exchange, { device, bytes, terms }, deps)
  return true
}
