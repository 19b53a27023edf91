// Whether addresses are free, found out before they are needed: who shares a port does not notice
// that somebody else has it, and a successor must not fail half-way.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Throws where one is not. */
export async function requireFree(
  addresses: readonly { host: string; port: number }[],
): Promise<void> {
  for (const at of addresses) {
    const probe = createServer()
    probe.listen(at)
    await once(probe, 'listening')
    probe.close()
    await once(probe, 'close')
  }
}
