// OpenSSL's SHA-256, twice for each text: a third of the time of its HMAC object, and a sixth of
// that of shared/mac.ts (2026-11, npm run bench -- mac). The same bytes.
import { hash } from 'node:crypto'
import { macWith, type SecretKey } from '#shared/mac.ts'

export const prepareMac = (key: SecretKey): ((text: string) => string) =>
  macWith(key, {
    bytes: (data) => hash('sha256', data, 'buffer'),
    text: (data) => hash('sha256', data, 'base64url'),
  })
