// How full the file system of a device is, in bytes.
import { statfs } from 'node:fs/promises'

export interface Usage {
  bytesTotal: number
  /** What we may write: without the blocks that are reserved for root. */
  bytesFree: number
}

export async function readUsage(directory: string): Promise<Usage> {
  const { bsize, blocks, bavail } = await statfs(directory)
  return { bytesTotal: blocks * bsize, bytesFree: bavail * bsize }
}
