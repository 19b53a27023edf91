// Whether these very bytes lie on a device already, by reading them: what a row in a database or a
// name in a directory says is not enough.
import { type Checksum, type Fid, kindOfChecksum } from '#shared/ids.ts'
import { checksumOfFile } from './checksum.ts'
import type { Device } from './device.ts'
import { findFile } from './read.ts'

export async function findCopy(
  device: Device,
  fid: Fid,
  want: { bytes: number; checksum: Checksum },
): Promise<'good' | 'wrong' | 'absent'> {
  const found = await findFile(device, fid)
  if (found === undefined) return 'absent'
  await using _ = found.open
  if (found.bytes !== want.bytes) return 'wrong'
  return (await checksumOfFile(found, kindOfChecksum(want.checksum))) === want.checksum
    ? 'good'
    : 'wrong'
}
