// What a receiver checks, as standardwebhooks.com has it: HMAC-SHA-256 under a secret of its own,
// derived from the tracker's and the webhook's number, so that none rests in the database.
import { deriveKey, mac, type SecretKey } from '#shared/mac.ts'

const keyOf = (trackerSecret: string, webhookId: number): SecretKey =>
  deriveKey(trackerSecret, `webhook ${webhookId}`)

export const webhookSecret = (trackerSecret: string, webhookId: number): string =>
  `whsec_${btoa(String.fromCharCode(...keyOf(trackerSecret, webhookId)))}`

export function webhookHeaders(
  trackerSecret: string,
  webhookId: number,
  message: { id: string; body: string; nowMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(message.nowMs / 1_000))
  const signed = `${message.id}.${timestamp}.${message.body}`
  const signature = mac(keyOf(trackerSecret, webhookId), signed)
  return {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
  }
}
