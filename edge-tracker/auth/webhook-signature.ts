// What a receiver checks, as standardwebhooks.com has it: HMAC-SHA-256 under a secret of its own,
// derived from the tracker's and the webhook's number, so that none rests in the database. While
// the tracker's secret is replaced there are two signatures, either of which a receiver may know.
import { deriveKey, mac, type SecretKey } from '#shared/mac.ts'
import type { TrackerSecrets } from './host-keys.ts'

const keyOf = (trackerSecret: string, webhookId: number): SecretKey =>
  deriveKey(trackerSecret, `webhook ${webhookId}`)

export const webhookSecret = ({ trackerSecret }: TrackerSecrets, webhookId: number): string =>
  `whsec_${btoa(String.fromCharCode(...keyOf(trackerSecret, webhookId)))}`

export function webhookHeaders(
  { trackerSecret, alsoTrackerSecret }: TrackerSecrets,
  webhookId: number,
  message: { id: string; body: string; nowMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(message.nowMs / 1_000))
  const signed = `${message.id}.${timestamp}.${message.body}`
  const signatures = [trackerSecret, alsoTrackerSecret]
    .filter((secret) => secret !== undefined)
    .map((secret) => `v1,${toBase64(mac(keyOf(secret, webhookId), signed))}`)
  return {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}

/** Of 32 bytes: one character of padding. */
const toBase64 = (base64Url: string) => `${base64Url.replaceAll('-', '+').replaceAll('_', '/')}=`
