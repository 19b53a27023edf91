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
  options: Omit<FetchOptions, 'avoid' | 'end'>,
): Promise<FileStat> {
  const unverified = join(dirname(path), `.mog-${randomUUID()}`)
  try {
    const avoid = new Set<string>()
    for (let tried = 0; tried < COPIES_TO_TRY; tried++) {
      const output = () => createWriteStream(unverified, { highWaterMark: WRITE_AHEAD_BYTES })
      const { file, isIntact, copy } = await fetchCopy(domain, key, output, {
        ...options,
        avoid,
        end: true,
      })
      if (isIntact) {
        await rename(unverified, path)
        return file
      }
      avoid.add(copy)
    }
  } finally {
    await rm(unverified, { force: true })
  }
  throw refuse('checksum_mismatch', `${COPIES_TO_TRY} copies were read, and none has its checksum`)
}
