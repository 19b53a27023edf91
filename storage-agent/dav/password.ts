// The password of a DAV client: as Basic, which all of them can, or as Bearer. The user's name is
// not looked at. Compared by hashes, in constant time.
import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '#shared/problems.ts'

/** Throws, and asks for the password of this realm, where it did not come. */
export function requirePassword(
  { headers }: IncomingMessage,
  response: ServerResponse,
  password: string,
  realm: string,
): void {
  const given = passwordIn(headers.authorization)
  if (given !== undefined && timingSafeEqual(digest(given), digest(password))) return
  response.setHeader('www-authenticate', `Basic realm="${realm}", charset="UTF-8"`)
  throw new Problem('unauthorized', { realm })
}

const digest = (text: string) => hash('sha256', text, 'buffer')

function passwordIn(field: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(field ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString()
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}
