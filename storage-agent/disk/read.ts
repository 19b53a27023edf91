// Finding a fid's file: a small one is read whole, a larger one stays open to be read in pieces.
// What is not there is `undefined`: whether that is an error is the caller's to say.
import { type FileHandle, open } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import type { Fid } from '#shared/ids.ts'
import { SMALL_BODY_BYTES } from '../limits.ts'
import type { Parcel } from '../parcels.ts'
import type { Device } from './device.ts'
import { codeOf, problemOf } from './failures.ts'
import type { Lane } from './lane.ts'
import type { Wish } from './quick-reads/quick-reads.ts'
import type { Tally } from './tally.ts'

export interface FoundFile {
  bytes: number
  modifiedMs: number
  /** All of a small file, where any of it is wished for. */
  whole?: Buffer
  /** Of a larger one, what was wished for, if that is small and could be had at once. */
  piece?: Buffer
  /** Holds what a wish had read: to be given back when it is no longer needed. */
  parcel?: Parcel | undefined
  /** A larger file, open: the caller disposes of it. */
  open?: OpenFile
}

export interface OpenFile extends AsyncDisposable {
  /** Fills the buffer from the position on; gives less only where the file ends. */
  read: (into: Buffer, position: number) => Promise<Buffer>
}

/** With a wish, what was read at once is in a parcel. */
export async function findFile(
  device: Device,
  fid: Fid,
  wish?: Wish,
): Promise<FoundFile | undefined> {
  const path = device.pathForReading(fid)
  const startedMs = performance.now()
  try {
    const quick = device.readQuickness.isWorthTrying(startedMs)
      ? await findQuickly(path, device, wish)
      : undefined
    const found = quick ?? (await findPatiently(path, device))
    device.tally.found(performance.now() - startedMs)
    return found
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw problemOf(error)
  }
}

async function findQuickly(
  path: string,
  { quickReads, readQuickness, tally }: Device,
  wish: Wish | undefined,
): Promise<FoundFile | undefined> {
  const read = await quickReads.read(path, wish ?? {}, readQuickness)
  if (read?.length === undefined) {
    read?.parcel?.giveBack()
    return undefined
  }
  const { bytes, modifiedMs, length, parcel } = read
  if (parcel === undefined) return { bytes, modifiedMs }
  tally.read(length)
  const inParcel = parcel.body(length)
  const content = wish === undefined ? Buffer.from(inParcel) : inParcel
  if (wish === undefined) parcel.giveBack()
  const held = bytes <= SMALL_BODY_BYTES ? { whole: content } : { piece: content }
  return { bytes, modifiedMs, ...held, parcel: wish && parcel }
}

async function findPatiently(path: string, device: Device): Promise<FoundFile> {
  const patiently: Pick<Lane, 'run'> = {
    run: (work) => device.lane.run(() => device.readQuickness.follow(work)),
  }
  const file = await patiently.run(() => open(path, 'r'))
  try {
    const { size, mtimeMs } = await patiently.run(() => file.stat())
    const found = { bytes: size, modifiedMs: mtimeMs }
    const opened = openFile(file, patiently, device.tally)
    if (size > SMALL_BODY_BYTES) return { ...found, open: opened }

    const whole = await opened.read(Buffer.allocUnsafe(size), 0)
    if (whole.length < size) throw new Error(`${path} ended at ${whole.length} of ${size} bytes`)
    await file.close()
    return { ...found, whole }
  } catch (error) {
    await file.close()
    throw error
  }
}

export function openFile(file: FileHandle, lane: Pick<Lane, 'run'>, tally?: Tally): OpenFile {
  return {
    async read(into, position) {
      let length = 0
      const readOn = () => file.read(into, length, into.length - length, position + length)
      while (length < into.length) {
        const { bytesRead } = await lane.run(readOn)
        if (bytesRead === 0) break
        length += bytesRead
        tally?.read(bytesRead)
      }
      return into.subarray(0, length)
    },
    [Symbol.asyncDispose]: () => file.close(),
  }
}
