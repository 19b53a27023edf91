// What a node stored is what was sent: as many bytes, with the checksum that the caller came to.
import { kindOfChecksum } from '../ids.ts'
import type { Retry } from '../problems.ts'
import type { Stored } from '../wire/uploads.ts'
import type { PutOptions } from './put.ts'
import { refuse } from './refusal.ts'

/** Throws a Refusal otherwise; `retry` is whether another node may come to something else. */
export async function expectOurs(
  stored: Stored,
  bytes: number | undefined,
  ours: PutOptions['checksum'],
  retry: Retry,
): Promise<void> {
  if (bytes !== undefined && stored.bytes !== bytes)
    throw refuse('size_mismatch', `${stored.bytes} of ${bytes} bytes arrived`, { retry })

  const kind = kindOfChecksum(stored.checksum)
  const checksum = typeof ours === 'function' ? await ours(kind) : ours
  if (checksum !== undefined && stored.checksum !== checksum)
    throw refuse('checksum_mismatch', 'The bytes were damaged on the way', { retry })
}
