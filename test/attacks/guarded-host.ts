// A storage host with something to steal, and how it is seen that nobody did.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Host, startHost } from '../agent/support/host.ts'

export const SECRET = 'nobody has a ticket for this'

/** The last request of a connection. */
export const CLOSE = 'GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

export async function hostWithSecrets(
  options: Parameters<typeof startHost>[0] = {},
): Promise<Host> {
  const host = await startHost(options)
  await fetch(host.put(1), { method: 'PUT', body: 'one' })
  await fetch(host.put(2), { method: 'PUT', body: SECRET })
  await writeFile(join(host.root, 'secret'), SECRET)
  return host
}

/** Nothing was told that must not be, and nothing failed by our own fault. */
export function expectInWords(host: Host, said: Buffer): void {
  assert.ok(!said.includes(SECRET), 'the secret was told')
  assert.ok(!said.includes(host.tracker.credential), 'the credential was told')
  const failed = host.events.all.filter(
    ({ level, facts }) => facts['code'] === 'internal' || level === 'error',
  )
  assert.deepEqual(failed, [])
}
