// How full the file system of a device is, in bytes and in inodes.
import { statfs } from 'node:fs/promises'

export interface Usage {
  bytesTotal: number
  /** What we may write: without the blocks that are reserved for root. */
  bytesFree: number
}

export interface Inodes {
  /** 0 where the file system makes them as it needs them, as btrfs does. */
  inodesTotal: number
  inodesFree: number
}

export async function readUsage(directory: string): Promise<Usage & { inodes: Inodes }> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(directory)
  return {
    bytesTotal: blocks * bsize,
    bytesFree: bavail * bsize,
    inodes: { inodesTotal: files, inodesFree: ffree },
  }
}
