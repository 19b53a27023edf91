// Storing a file: open, PUT to one of the targets, close.
import * as z from 'zod'
import { Checksum, ChecksumKind, DeviceId, Fid, Key, Name } from '../ids.ts'
import { MAX_TARGETS, MAX_URL_LENGTH } from '../limits.ts'
import { conditions } from '../preconditions.ts'
import { Bytes, ContentType, Metadata } from './files.ts'

export const OpenRequest = z.strictObject({
  key: Key,
  class: Name.optional(),
  /** The exact size where it is known: then no device without room is offered. */
  bytes: Bytes.optional(),
  /** About how large it will be, where that is all that is known: devices with so much room. */
  roomBytes: Bytes.optional(),
  /** It comes in parts: by PUTs with Content-Range, or where `bytes` is known by tus. */
  parts: z.boolean().optional(),
  contentType: ContentType.optional(),
  metadata: Metadata.optional(),
  /** Held against what was stored when the upload is closed. */
  checksum: Checksum.optional(),
  /** What must be under the key when the upload is closed; looked at now, too. */
  ...conditions,
})
export type OpenRequest = z.infer<typeof OpenRequest>

/** Targets are on distinct hosts where there are enough; try them in this order. */
export const Upload = z.object({
  fid: Fid,
  expiresAt: z.iso.datetime(),
  /** Of the checksum that the nodes will answer: what the class asks for. */
  checksumKind: ChecksumKind.default('SHA-256'),
  /** So many copies are durable before the close is answered: store on as many targets. */
  commitAt: z.int().positive().default(1),
  targets: z.array(z.object({ deviceId: DeviceId, url: z.string() })).min(1),
})
export type Upload = z.infer<typeof Upload>

/** A new revision of a file, that begins with the bytes of the present one. */
export const EditRequest = z.strictObject({ key: Key })

/** `MOVE source` with `Destination: target` fills it; then it takes parts, and is closed. */
export const Edit = z.object({
  fid: Fid,
  class: z.string(),
  expiresAt: z.iso.datetime(),
  deviceId: DeviceId,
  source: z.string(),
  target: z.string(),
})
export type Edit = z.infer<typeof Edit>

const receipt = z.string().max(512)

export const CloseRequest = z.strictObject({
  deviceId: DeviceId,
  bytes: Bytes.optional(),
  checksum: Checksum.optional(),
  /** What the node answered. Without it the tracker asks the node itself. */
  receipt: receipt.optional(),
  /** The target's URL as it was given. One that is of another fid or device is refused. */
  url: z.string().max(MAX_URL_LENGTH).optional(),
  /** In place of the key that the open named. */
  key: Key.optional(),
  /** Where several targets stored the bytes: of the others, too. */
  receipts: z
    .array(z.strictObject({ deviceId: DeviceId, receipt }))
    .max(MAX_TARGETS)
    .optional(),
  /** In place of what the open said. */
  ...conditions,
})
export type CloseRequest = z.infer<typeof CloseRequest>

export const Closed = z.object({ fid: Fid, replacedFid: Fid.nullable() })
export type Closed = z.infer<typeof Closed>
/** The header of an answer to a close that had been done before, by the same close. */
export const AGAIN_FIELD = 'mog-again'

/** A node's 201. In a one-step put (`commit`) the file is closed already and `closed` is there. */
export const Stored = z.object({
  fid: Fid,
  deviceId: DeviceId,
  bytes: Bytes,
  checksum: Checksum,
  receipt: z.string(),
  closed: Closed.optional(),
})
export type Stored = z.infer<typeof Stored>
