// Puts a key into a database that may have none yet: the first admin key cannot be asked for over
// the API. As a program: makes one and prints it, once.
import { reasonOf } from '#infra/reason-of.ts'
import { hashSecret, newSecret } from '#shared/mac.ts'
import { publicKeyOf } from '#shared/share-links.ts'
import type { NewApiKey } from '#shared/wire/admin.ts'
import { addApiKey, callerOfKey } from '#tracker/db/api-keys.ts'
import { first } from '#tracker/db/db.ts'
import { pgDb } from './pg-db.ts'

export interface KnownKey extends NewApiKey {
  key: string
}

/** Safe to repeat: a key that is there already stays as it is. */
export async function ensureApiKey(databaseUrl: string, wanted: KnownKey): Promise<void> {
  await using db = pgDb(databaseUrl)
  const keyHash = hashSecret(wanted.key)
  if ((await first(db, callerOfKey(keyHash))) !== undefined) return
  const { label, domain = null, scopes } = wanted
  const publicKey = await publicKeyOf(wanted.key)
  await db.all(addApiKey(null, { label, keyHash, publicKey, domain, scopes }))
}

if (import.meta.main) {
  const databaseUrl = process.env['DATABASE_URL']
  if (databaseUrl === undefined) {
    console.error('DATABASE_URL is not set: postgres://user:password@host:5432/database')
    process.exit(2)
  }
  const key = newSecret('mog')
  const admin = { label: 'first-admin', key, scopes: ['admin' as const] }
  await ensureApiKey(databaseUrl, admin).catch((error: unknown) => {
    console.error(`the database of DATABASE_URL cannot be used: ${reasonOf(error)}`)
    process.exit(1)
  })
  console.log(key)
}
