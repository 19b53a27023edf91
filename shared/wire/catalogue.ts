// How an agent keeps a catalogue of its files beside their bytes, so that the disks alone can tell
// what they hold. It asks; what it is told is text, kept and digested as it came.
import * as z from 'zod'
import { Checksum, DeviceId, DomainName, Fid, Key, Name } from '../ids.ts'
import { FIDS_PER_DIRECTORY, MAX_COMPARED_LEAVES } from '../limits.ts'
import { Bytes, Metadata } from './files.ts'

/** The fids of one directory: number n holds those from n * FIDS_PER_DIRECTORY on. */
const LeafNumber = z.int().min(0)

export const leafOf = (fid: number): number => Math.floor(fid / FIDS_PER_DIRECTORY)
export const firstFidOf = (leaf: number): number => leaf * FIDS_PER_DIRECTORY

/** What the database says of a live file. Its text is made by the database alone. */
export const CatalogueEntry = z.object({
  fid: Fid,
  domain: DomainName,
  key: Key,
  class: Name,
  bytes: Bytes,
  checksum: Checksum,
  contentType: z.string().optional(),
  metadata: Metadata.optional(),
  createdAtMs: z.number(),
})
export type CatalogueEntry = z.infer<typeof CatalogueEntry>

/** Where the feed of changes was read up to: `xid.changeId`. */
const FeedPosition = z.string().regex(/^\d{1,20}\.\d{1,19}$/)

export const ChangedRequest = z.strictObject({
  /** Null: from now on. */
  after: FeedPosition.nullable(),
  /** SHA-256 of those that the agent holds, in hex; empty: it holds none; null: not asked for. */
  definitions: z.string().max(64).nullable(),
})
export type ChangedRequest = z.infer<typeof ChangedRequest>

/** Files on the host's devices that were renamed, described anew, deleted, replaced or restored. */
export const ChangedResponse = z.object({
  nowMs: z.number(),
  after: FeedPosition,
  isMore: z.boolean(),
  /** Nobody knows any more what happened since `after`: everything is to be compared. */
  isCut: z.boolean(),
  places: z.array(z.object({ deviceId: DeviceId, fid: Fid })),
  /** Domains, classes and all else that a cluster is, where they are not what the agent holds. */
  definitions: z.string().nullable(),
})
export type ChangedResponse = z.infer<typeof ChangedResponse>

/** What an agent's catalogue says of some leaves of a device: how many files, and their digest. */
export const CompareRequest = z.strictObject({
  deviceId: DeviceId,
  leaves: z
    .array(
      z.strictObject({
        leaf: LeafNumber,
        files: z.int().min(0),
        /** Of the entries' SHA-256 the first 8 bytes, all combined by XOR, in hex. */
        digest: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .max(MAX_COMPARED_LEAVES),
})
export type CompareRequest = z.infer<typeof CompareRequest>

export const CompareResponse = z.object({
  nowMs: z.number(),
  /** Only those that differ, and of them as many as one answer takes. */
  leaves: z.array(
    z.object({
      leaf: LeafNumber,
      /** All of the leaf that should lie on the device: each the text of a CatalogueEntry. */
      entries: z.array(z.string()),
      /** What is left of the leaf's fids in the whole cluster; those of no live file are gone. */
      live: z.array(Fid),
    }),
  ),
  /** They differ too: ask again. */
  untold: z.array(LeafNumber),
})
export type CompareResponse = z.infer<typeof CompareResponse>
