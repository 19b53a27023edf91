// A body on its way to the disk: hashed and written in batches of 1 MiB, one batch ahead of the
// network, and durable when this returns. What fails leaves a temp file, which the caller removes.
import { open } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { BatchWriter } from './batch-writer.ts'
import { checksumming } from './checksum.ts'
import type { Lane } from './lane.ts'
import { FILE_MODE } from './layout.ts'
import type { StoredFile, Terms } from './store.ts'

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export async function receive(
  temp: string,
  body: Body,
  { maxBytes, checksumKind }: Pick<Terms, 'maxBytes' | 'checksumKind'>,
  lane: Lane,
): Promise<StoredFile> {
  const file = await lane.run(() => open(temp, 'wx', FILE_MODE))
  try {
    const sum = checksumming(checksumKind)
    using writer = new BatchWriter(file, lane)
    for await (const chunk of body) {
      if (writer.bytes + chunk.length > maxBytes) throw new Problem('body_too_large', { maxBytes })
      sum.update(chunk)
      await writer.add(chunk)
    }
    await writer.finish()
    await lane.run(() => file.datasync())
    return { bytes: writer.bytes, checksum: sum.finish() }
  } finally {
    await file.close()
  }
}
