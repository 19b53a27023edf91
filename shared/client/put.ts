// Stores a file: open, PUT to one of the targets, close. The bytes go straight to the node.
// A crash between the steps leaves an open upload, which the tracker lets expire.
import type { ChecksumKind } from '../ids.ts'
import type { Closed, Stored, Upload } from '../wire/uploads.ts'
import { bodySource, type PutBody } from './body.ts'
import type { OnProgress } from './counted-body.ts'
import type { Expected } from './expected.ts'
import { OPENS_PER_PUT } from './limits.ts'
import { refuse } from './refusal.ts'
import { storeCopies } from './store-copies.ts'
import type { Tracker } from './tracker.ts'
import { abandonUpload, closeUpload, openUpload } from './upload-steps.ts'

/** Of what was read, in this kind; undefined where there is none. */
export type OwnChecksum = (kind: ChecksumKind) => string | undefined | Promise<string | undefined>

export interface PutOptions extends Expected {
  class?: string | undefined
  contentType?: string | undefined
  metadata?: Record<string, string> | undefined
  /** The size of a stream, where it is known: then no device without room for it is tried. */
  bytes?: number | undefined
  /**
   * What the node must have stored. A function is asked after each try, for those who compute it
   * while the stream is read, and may pass on a kind. Bytes that were damaged on the way are sent
   * again.
   */
  checksum?: string | OwnChecksum | undefined
  /** Told before each try which kind of checksum the class asks for. */
  onUpload?: ((upload: Pick<Upload, 'checksumKind'>) => void) | undefined
  /** Outside of browsers; a body that is no stream becomes one, to be counted. */
  onProgress?: OnProgress | undefined
  signal?: AbortSignal | undefined
}

export interface PutResult extends Closed, Pick<Stored, 'deviceId' | 'bytes' | 'checksum'> {
  key: string
}

/** `uploads` is the path of the domain's uploads. */
export async function put(
  tracker: Tracker,
  uploads: string,
  key: string,
  body: PutBody,
  options: PutOptions = {},
): Promise<PutResult> {
  const source = bodySource(body, options.bytes)
  const failures: Error[] = []

  for (let opens = 0; opens < OPENS_PER_PUT; opens++) {
    const upload = await openUpload(tracker, uploads, { key, bytes: source.bytes }, options)
    options.onUpload?.(upload)
    const path = `${uploads}/${upload.fid}`
    let closed: Closed | undefined
    try {
      const [stored, ...others] = await storeCopies(tracker, upload, source, options, failures)
      if (stored === undefined) continue
      closed = await closeUpload(tracker, path, [stored, ...others], options.signal)
      const { deviceId, bytes, checksum } = stored
      return { key, ...closed, deviceId, bytes, checksum }
    } finally {
      if (closed === undefined) await abandonUpload(tracker, path, options.signal)
    }
  }
  const reasons = failures.map(({ message }) => message).join('; ')
  throw refuse('no_devices', `No node took the file: ${reasons}`, { cause: failures.at(-1) })
}
