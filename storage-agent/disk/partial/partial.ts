// A file that comes in parts: its bytes are durable stretch by stretch, so that a crash costs what
// came since the last checkpoint, and it gets its name when all of them are there. To be called
// with the fid claimed (claims.ts).
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { MAX_STRETCHES, PART_CHECKPOINT_BYTES } from '../../limits.ts'
import { BatchWriter } from '../batch-writer.ts'
import { checksumOfFile } from '../checksum.ts'
import type { Device } from '../device.ts'
import { FILE_MODE } from '../layout.ts'
import type { Mount } from '../mount.ts'
import { publish } from '../publish.ts'
import { openFile } from '../read.ts'
import type { Body } from '../receive.ts'
import type { StoredFile, Terms } from '../store.ts'
import { dataOf, type Partial, readRecord, removeRecord, writeRecord } from './record.ts'
import { joined, without } from './stretches.ts'

export interface Part {
  start: number
  /** Bytes beyond are refused. */
  maxEnd: number
  untilS: number
  /** Of all that came with this part; what it throws takes the part back. */
  check?: { update: (bytes: Uint8Array) => void; finish: () => void }
}

/** A disk's refusals in our words, and doubts about a disk that fails. */
const onDisk = <Result>(device: Device, work: (mount: Mount) => Promise<Result>) =>
  device.write(async (mount) => {
    try {
      return await work(mount)
    } catch (error) {
      throw device.failedWrite(error)
    }
  })

export const readPartial = (device: Device, fid: Fid): Promise<Partial | undefined> =>
  onDisk(device, ({ root }) => device.lane.run(() => readRecord(root, fid)))

/** What came before a body that ends too early is kept, unless it was to be checked as a whole. */
export const receivePart = (
  device: Device,
  fid: Fid,
  part: Part,
  body: Body,
): Promise<readonly Partial['stretches'][number][]> =>
  onDisk(device, async ({ root }) => {
    using room = device.room.promise(Math.max(0, part.maxEnd - part.start))
    const before = await beginPart(device, root, fid, part)
    await using file = await openData(device, root, fid)
    using coming = new ComingPart(device, root, fid, { file, before, part })
    try {
      for await (const chunk of room.follow(body)) await coming.add(chunk)
    } catch (error) {
      if (part.check === undefined) await coming.keep()
      throw error
    }
    part.check?.finish()
    return await coming.keep() // before the file is closed
  })

async function beginPart(
  device: Device,
  root: string,
  fid: Fid,
  { start, maxEnd, untilS, check }: Part,
): Promise<Partial> {
  const known = await device.lane.run(() => readRecord(root, fid))
  if (known?.isGone === true) throw new Problem('no_temp_file', { fid })
  const came = known?.stretches ?? []
  // a part that may be taken back takes what it writes over with it, also where we crash meanwhile
  const stretches = check === undefined ? came : without(came, { start, end: maxEnd })
  const isApart = !stretches.some((each) => each.start <= start && each.end >= start)
  if (stretches.length + (isApart ? 1 : 0) > MAX_STRETCHES)
    throw new Problem('busy', { fid, reason: 'too many parts lie apart' })
  const partial = { untilS, stretches, isGone: false }
  await device.lane.run(() => writeRecord(root, fid, partial))
  return partial
}

async function openData(device: Device, root: string, fid: Fid): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT
  const file = await device.lane.run(() => open(dataOf(root, fid), flags, FILE_MODE))
  const { nlink } = await device.lane.run(() => file.stat())
  if (nlink === 1) return file
  // a crash came between its name and the end of this one: it is a file already
  await file.close()
  await device.lane.run(() => removeRecord(root, fid))
  throw new Problem('fid_exists', { fid })
}

class ComingPart implements Disposable {
  readonly #device: Device
  readonly #root: string
  readonly #fid: Fid
  readonly #file: FileHandle
  readonly #part: Part
  readonly #writer: BatchWriter
  #partial: Partial
  #keptBytes = 0

  constructor(
    device: Device,
    root: string,
    fid: Fid,
    { file, before, part }: { file: FileHandle; before: Partial; part: Part },
  ) {
    this.#device = device
    this.#root = root
    this.#fid = fid
    this.#file = file
    this.#part = part
    this.#partial = before
    this.#writer = new BatchWriter(file, device.lane, part.start)
  }

  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]()
  }

  async add(chunk: Uint8Array): Promise<void> {
    const { start, maxEnd, check } = this.#part
    if (start + this.#writer.bytes + chunk.length > maxEnd)
      throw new Problem('body_too_large', { maxBytes: maxEnd })
    check?.update(chunk)
    await this.#writer.add(chunk)
    const isDue = this.#writer.bytes - this.#keptBytes >= PART_CHECKPOINT_BYTES
    if (isDue && check === undefined) await this.keep()
  }

  /** What has come is durable, and counts. */
  async keep(): Promise<Partial['stretches']> {
    await this.#writer.finish()
    const { bytes } = this.#writer
    if (bytes === this.#keptBytes) return this.#partial.stretches
    await this.#device.lane.run(() => this.#file.datasync())
    const { start } = this.#part
    const stretches = joined(this.#partial.stretches, { start, end: start + bytes })
    const partial = { ...this.#partial, stretches }
    await this.#device.lane.run(() => writeRecord(this.#root, this.#fid, partial))
    this.#device.tally.wrote(bytes - this.#keptBytes)
    this.#partial = partial
    this.#keptBytes = bytes
    return stretches
  }
}

/** All bytes are there: they are read once more, for their checksum, and get their name. */
export const completePartial = (
  device: Device,
  fid: Fid,
  bytes: number,
  terms: Terms,
): Promise<StoredFile> =>
  onDisk(device, async (mount) => {
    const { root } = mount
    const stored = await measure(device, root, fid, { bytes, terms })
    await device.turns.run(fid, () => {
      terms.check(stored)
      return publish(device, mount, fid, dataOf(root, fid), stored)
    })
    await device.lane.run(() => removeRecord(root, fid))
    device.due.arrived(fid)
    return stored
  })

async function measure(
  device: Device,
  root: string,
  fid: Fid,
  { bytes, terms }: { bytes: number; terms: Terms },
): Promise<StoredFile> {
  const handle = await openData(device, root, fid)
  await using file = openFile(handle, device.lane, device.tally)
  await cutOff(device, handle, bytes)
  const found = { bytes, modifiedMs: 0, open: file }
  return { bytes, checksum: await checksumOfFile(found, terms.checksumKind) }
}

/** What a part that was taken back has left behind the end is not of the file. */
const cutOff = (device: Device, file: FileHandle, bytes: number): Promise<void> =>
  device.lane.run(async () => {
    const { size } = await file.stat()
    if (size <= bytes) return
    await file.truncate(bytes)
    await file.sync()
  })

/** Nothing has come, or nothing will any more. */
export const emptyPartial = (
  device: Device,
  fid: Fid,
  { untilS, isGone }: Pick<Partial, 'untilS' | 'isGone'>,
): Promise<void> =>
  onDisk(device, async ({ root }) => {
    await device.lane.run(() => removeRecord(root, fid))
    await device.lane.run(() => writeRecord(root, fid, { untilS, stretches: [], isGone }))
  })
