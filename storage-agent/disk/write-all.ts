// Writes all of it: the kernel may take less at once, most likely because the disk is full, which
// the next call then says.
import type { FileHandle } from 'node:fs/promises'

export async function writeAll(
  file: FileHandle,
  batch: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let { bytesWritten: done } = await file.writev(batch, position)
  const bytes = batch.reduce((sum, chunk) => sum + chunk.length, 0)
  while (done < bytes) {
    const rest = Buffer.concat(batch).subarray(done)
    const { bytesWritten } = await file.write(rest, 0, rest.length, position + done)
    done += bytesWritten
  }
}
