// A fetched file on the local disk: it appears under its name when it is whole and verified. What
// was there stays until then; a crash leaves a `.mog-*` file beside it.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DomainClient } from '#shared/client/domain.ts'
import { refuse } from '#shared/client/refusal.ts'
import type { FileStat } from '#shared/client/stat.ts'
import { type FetchOptions, fetchCopy } from './fetch-copy.ts'

/** A damaged copy is left for the next one. */
const COPIES_TO_TRY = 3
/** Chunks that wait while the disk writes go to it at once, up to so many bytes. */
const WRITE_AHEAD_BYTES = 4 * 1024 ** 2

export async function saveFile(
  domain: DomainClient,
  key: string,
  path: string,
  options: Omit<FetchOptions, 'nth' | 'end'>,
): Promise<FileStat> {
  const unverified = join(dirname(path), `.mog-${randomUUID()}`)
  try {
    for (let nth = 0; nth < COPIES_TO_TRY; nth++) {
      const output = () => createWriteStream(unverified, { highWaterMark: WRITE_AHEAD_BYTES })
      const copy = { ...options, nth, end: true }
      const { file, isIntact } = await fetchCopy(domain, key, output, copy)
      if (!isIntact) continue
      await rename(unverified, path)
      return file
    }
  } finally {
    await rm(unverified, { force: true })
  }
  throw refuse('checksum_mismatch', `${COPIES_TO_TRY} copies were read, and none has its checksum`)
}
