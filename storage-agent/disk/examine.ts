// Whether a copy on a disk is what the database says of it: by its length, or by reading all of it
// at a pace. Looks through the handle on the mount: below a path, an unmounted disk seems empty.
import { open, stat } from 'node:fs/promises'
import { type Checksum, type ChecksumKind, type Fid, kindOfChecksum } from '#shared/ids.ts'
import { checksumming } from './checksum.ts'
import { codeOf, isDamage } from './failures.ts'
import type { Lane } from './lane.ts'
import { fileOf } from './layout.ts'
import { readPieces } from './pieces.ts'
import { openFile } from './read.ts'
import type { Tally } from './tally.ts'

export interface Place {
  /** The device's root, by the handle of its mount. */
  root: string
  lane: Lane
  tally: Tally
}

export interface Wanted {
  fid: Fid
  bytes: number
  checksum: Checksum
  /** The checksum is not known for certain: it is told, and nothing is held against it. */
  learn?: Exclude<ChecksumKind, 'none'> | null | undefined
}

/** What the bytes of a copy add up to. */
export interface Sum {
  code: 'sum'
  checksum: Checksum
}

export interface Damage {
  code: 'MISS' | 'BLEN' | 'BSUM' | 'UNRD'
  /** What was found instead. */
  detail: string
}

/** Told of bytes as they are read; resolves when the pace allows to go on. */
export type OnRead = (bytes: number) => Promise<void>

/** Undefined: it is there, and as long as it should be. */
export async function examineSize(place: Place, want: Wanted): Promise<Damage | undefined> {
  try {
    const { size } = await place.lane.run(() => stat(place.root + fileOf(want.fid)))
    return size === want.bytes ? undefined : wrongLength(size, want)
  } catch (error) {
    return damageOf(error)
  }
}

/** Undefined: its bytes have the checksum. Throws the reason of a signal that aborts. */
export async function examineBytes(
  place: Place,
  want: Wanted,
  onRead: OnRead,
): Promise<Damage | Sum | undefined> {
  const { root, lane, tally } = place
  try {
    const handle = await lane.run(() => open(root + fileOf(want.fid), 'r'))
    await using file = openFile(handle, lane, tally)
    const { size } = await lane.run(() => handle.stat())
    if (size !== want.bytes) return wrongLength(size, want)

    const sum = checksumming(want.learn ?? kindOfChecksum(want.checksum))
    for await (const piece of readPieces(file, 0, size)) {
      sum.update(piece)
      await onRead(piece.length)
    }
    const checksum = sum.finish()
    if (isAsked(want)) return { code: 'sum', checksum }
    return checksum === want.checksum ? undefined : { code: 'BSUM', detail: checksum }
  } catch (error) {
    return damageOf(error)
  }
}

const isAsked = ({ learn }: Wanted) => learn !== undefined && learn !== null

const wrongLength = (size: number, { bytes }: Wanted): Damage => ({
  code: 'BLEN',
  detail: `${size} bytes instead of ${bytes}`,
})

/** Errors that are about this file: any other is about the disk, or a bug. */
function damageOf(error: unknown): Damage {
  const code = codeOf(error)
  if (code === 'ENOENT') return { code: 'MISS', detail: '' }
  if (code !== undefined && isDamage(error)) return { code: 'UNRD', detail: code }
  throw error
}
