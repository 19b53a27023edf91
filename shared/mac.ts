// The cryptographic primitives, synchronous and alike on every runtime.
// WebCrypto's promise costs ten times as much for such short texts (infra/decisions/0001).
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

export type SecretKey = Uint8Array

/** Each key's first two blocks are hashed once: half of the work for texts of a URL's length. */
const begun = new WeakMap<SecretKey, ReturnType<typeof hmac.create>>()

/** HMAC-SHA-256 of a text, as 43 characters of base64url. */
export function mac(key: SecretKey, text: string): string {
  let state = begun.get(key)
  if (state === undefined) {
    state = hmac.create(sha256, key)
    begun.set(key, state)
  }
  return encodeBase64Url(state.clone().update(utf8ToBytes(text)).digest())
}

/** A runtime's own SHA-256 in one call. */
export interface OwnSha256 {
  bytes(data: Uint8Array): Uint8Array
  /** As base64url without padding. */
  text(data: Uint8Array): string
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const USUAL_TEXT_BYTES = 4_096

/** `mac` under one key by such a hash: called twice it is quicker than an HMAC object made anew. */
export function macWith(key: SecretKey, own: OwnSha256): (text: string) => string {
  const keyed = (pad: number, room: number) => {
    const block = new Uint8Array(BLOCK_BYTES + room).fill(pad, 0, BLOCK_BYTES)
    for (const [at, byte] of key.entries()) block[at] = byte ^ pad
    return block
  }
  if (key.length > BLOCK_BYTES) throw new RangeError('a key is no longer than a block')
  const [inner, outer] = [keyed(0x36, USUAL_TEXT_BYTES), keyed(0x5c, DIGEST_BYTES)]
  const encoder = new TextEncoder()
  return (text) => {
    const bytes = BLOCK_BYTES + 3 * text.length // no character takes more
    const message = bytes <= inner.length ? inner : keyed(0x36, 3 * text.length)
    const { written } = encoder.encodeInto(text, message.subarray(BLOCK_BYTES))
    outer.set(own.bytes(message.subarray(0, BLOCK_BYTES + written)), BLOCK_BYTES)
    return own.text(outer)
  }
}

/** Compares in time that depends on the lengths alone. */
export function macEquals(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

/** HKDF-SHA-256: one secret, a key for each purpose, none kept anywhere. */
export const deriveKey = (secret: string, purpose: string): SecretKey =>
  hkdf(sha256, utf8ToBytes(secret), undefined, utf8ToBytes(purpose), 32)

/** How API keys and agent credentials rest in the database. */
export const hashSecret = (secret: string): string => bytesToHex(sha256(utf8ToBytes(secret)))

/** Names a key without telling it: agents and trackers compare which ones they have. */
export const keyId = (key: string): string => hashSecret(`key id ${key}`).slice(0, 16)

/** A new secret: a readable prefix that names its purpose, and 256 random bits. */
export const newSecret = (prefix: 'mog' | 'agent' | 'enroll'): string =>
  `${prefix}_${encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Without padding. By a table: a quarter of the time of btoa and three replacements. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]]
    const bits = (a << 16) | (b << 8) | c
    for (let shift = 18; shift >= 0; shift -= 6) text += alphabet.charAt((bits >> shift) & 63)
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3))
}

export const decodeBase64Url = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
