// Links that whoever holds an API key makes without asking anybody, and that a tracker checks with
// what it stores: the public half of a key pair that is derived from the API key. Whoever reads the
// database can check links, and make none.
import type { DomainName, Key } from './ids.ts'
import { decodeBase64Url, deriveKey, encodeBase64Url } from './mac.ts'

/** What a link allows: one thing with one key until a time. */
export interface Share {
  /** GET allows HEAD too; PUT is the one-step put. */
  verb: 'GET' | 'PUT'
  domain: DomainName
  key: Key
  /** Unix time in whole seconds. */
  untilS: number
  /** PUT: the body may not be longer. */
  maxBytes?: number | undefined
  /** PUT: the class of the file; the default one where nothing is said. */
  class?: string | undefined
}

/** The signature is over the decoded names: however a URL is written, it says the same. */
const signed = ({
  verb,
  domain,
  key,
  untilS,
  maxBytes,
  class: name,
}: Share): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(
    JSON.stringify(['share link', 1, verb, domain, key, untilS, maxBytes ?? null, name ?? null]),
  )

const ED25519 = { name: 'Ed25519' }
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
])

const privateKeyOf = async (apiKey: string) => {
  const seed = deriveKey(apiKey, 'share links')
  const pkcs8 = new Uint8Array([...PKCS8_HEAD, ...seed])
  return crypto.subtle.importKey('pkcs8', pkcs8, ED25519, true, ['sign'])
}

/** What the database keeps to check links of this key with: 43 characters of base64url. */
export async function publicKeyOf(apiKey: string): Promise<string> {
  const { x } = await crypto.subtle.exportKey('jwk', await privateKeyOf(apiKey))
  if (x === undefined) throw new Error('an Ed25519 key has a public half')
  return x
}

/** `trackerUrl` has no trailing slash. */
export async function shareUrl(trackerUrl: string, share: Share, apiKey: string): Promise<string> {
  const signature = await crypto.subtle.sign(ED25519, await privateKeyOf(apiKey), signed(share))
  const query = new URLSearchParams({ until: String(share.untilS), by: await publicKeyOf(apiKey) })
  if (share.maxBytes !== undefined) query.set('max', String(share.maxBytes))
  if (share.class !== undefined) query.set('class', share.class)
  query.set('sig', encodeBase64Url(new Uint8Array(signature)))
  return `${trackerUrl}/v1/domains/${encodeURIComponent(share.domain)}/${placeOf(share.key, query)}`
}

/** With the key as the path's end, so that browsers name what they save; or else by its twin. */
function placeOf(key: Key, query: URLSearchParams): string {
  const path = encodeURIComponent(key).replaceAll('%2F', '/')
  const isFolded = path.split('/').some((segment) => segment === '.' || segment === '..')
  return isFolded
    ? `file?key=${encodeURIComponent(key)}&${query.toString()}`
    : `files/${path}?${query.toString()}`
}

/** Whether the holder of this public key's API key made the link. */
export async function isSharedBy(
  publicKey: string,
  share: Share,
  signature: string,
): Promise<boolean> {
  try {
    const raw = new Uint8Array(decodeBase64Url(publicKey))
    const key = await crypto.subtle.importKey('raw', raw, ED25519, false, ['verify'])
    const bytes = new Uint8Array(decodeBase64Url(signature))
    return await crypto.subtle.verify(ED25519, key, bytes, signed(share))
  } catch {
    return false // not base64url, or not a key
  }
}
