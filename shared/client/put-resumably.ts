// Stores a large file so that a broken connection, a restarted node or a process of ours that died
// cost no more than the last bytes: open, the bytes in pieces to one of the targets, close.
import type { Stored, Upload } from '../wire/uploads.ts'
import { isWorthAnotherNode } from './elsewhere.ts'
import { expectOurs } from './expect-ours.ts'
import type { PutOptions, PutResult } from './put.ts'
import { type Pieces, piecesOf, type ResumableBody } from './ranged-body.ts'
import { Refusal, refuse } from './refusal.ts'
import type { Target } from './store-at.ts'
import { type ResumeOptions, storeResumably } from './store-resumably.ts'
import type { Tracker } from './tracker.ts'
import { abandonUpload, closeUpload, openUpload } from './upload-steps.ts'

export interface ResumableOptions extends Omit<PutOptions, 'bytes' | 'onUpload'> {
  /** One that `onUpload` had told of: what has come of it is not sent again. */
  upload?: Upload | undefined
  /**
   * Told before a byte is sent, and again when the file is begun at another node. Whoever keeps the
   * newest, in JSON, can go on in another process until it expires. It holds tickets: a secret.
   */
  onUpload?: ((upload: Upload) => void | Promise<void>) | undefined
}

interface Storing {
  tracker: Tracker
  /** The path of the domain's uploads. */
  uploads: string
  key: string
  pieces: Pieces
  options: ResumableOptions
}

export async function putResumably(
  tracker: Tracker,
  uploads: string,
  key: string,
  body: ResumableBody,
  options: ResumableOptions = {},
): Promise<PutResult> {
  const storing = { tracker, uploads, key, pieces: piecesOf(body), options }
  const before = options.upload
  if (before !== undefined && Date.parse(before.expiresAt) > tracker.clock.nowMs())
    try {
      return await goOn(storing, before, true)
    } catch (error) {
      if (!isOver(error)) throw error
    }
  return goOn(storing, await begin(storing), false)
}

async function begin({ tracker, uploads, key, pieces, options }: Storing): Promise<Upload> {
  const { onUpload, ...described } = options
  const named = { key, bytes: pieces.bytes, parts: true }
  const upload = await openUpload(tracker, uploads, named, described)
  await onUpload?.(upload)
  return upload
}

/** Not to be had any more, by tracker or node: only a new one will do. */
const isOver = (error: unknown) =>
  error instanceof Refusal &&
  ['no_temp_file', 'ticket_expired', 'ticket_invalid'].includes(error.code)

/** What is refused for good is given up; after any other failure it can be gone on with. */
async function goOn(storing: Storing, upload: Upload, isBegun: boolean): Promise<PutResult> {
  const { tracker, uploads, key, options } = storing
  const path = `${uploads}/${upload.fid}`
  try {
    const copies = await storeCopies(storing, upload, isBegun)
    const closed = await closeUpload(tracker, path, copies, options.signal)
    const [{ deviceId, bytes, checksum }] = copies
    return { key, ...closed, deviceId, bytes, checksum }
  } catch (error) {
    if (error instanceof Refusal && error.retry === 'never')
      await abandonUpload(tracker, path, options.signal)
    throw error
  }
}

/** As many as the close will want, one after the other; with fewer, it waits for the rest. */
async function storeCopies(
  storing: Storing,
  upload: Upload,
  isBegun: boolean,
): Promise<[Stored, ...Stored[]]> {
  const left = upload.targets.values() // each is taken by one
  const copies: [Stored, ...Stored[]] = [await storeFirst(storing, upload, left, isBegun)]
  for (const target of left) {
    if (copies.length >= upload.commitAt) break
    try {
      copies.push(await storeAt(storing, upload, target, { isBegun, isAwaited: false }))
    } catch (error) {
      if (!isWorthAnotherNode(error)) throw error
    }
  }
  return copies
}

async function storeFirst(
  storing: Storing,
  upload: Upload,
  left: Iterable<Target>,
  isBegun: boolean,
): Promise<Stored> {
  const { onProgress, onUpload } = storing.options
  const [first] = upload.targets
  const failures: Error[] = []
  for (const target of left) {
    const { targets } = upload
    if (failures.length > 0) {
      const nth = targets.indexOf(target)
      await onUpload?.({ ...upload, targets: [...targets.slice(nth), ...targets.slice(0, nth)] })
    }
    try {
      const isAwaited = isBegun && target === first
      return await storeAt(storing, upload, target, { isBegun, isAwaited, onProgress })
    } catch (error) {
      if (!isWorthAnotherNode(error)) throw error
      failures.push(error)
    }
  }
  const [failure] = failures
  if (failures.length === 1 && failure !== undefined) throw failure
  const reasons = failures.map(({ message }) => message).join('; ')
  throw refuse('no_devices', `No node took the file: ${reasons}`, { cause: failures.at(-1) })
}

async function storeAt(
  { tracker, pieces, options }: Storing,
  { fid }: Upload,
  target: Target,
  how: Pick<ResumeOptions, 'isBegun' | 'isAwaited' | 'onProgress'>,
): Promise<Stored> {
  const { signal, checksum } = options
  const stored = await storeResumably(tracker, target, pieces, { ...how, fid, signal })
  await expectOurs(stored, pieces.bytes, checksum, 'never') // another node would be sent the same
  return stored
}
