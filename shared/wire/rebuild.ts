// An empty database is filled from the disks: what an agent tells of them, line by line, and what a
// tracker says of what it was told.
import * as z from 'zod'
import { DeviceId, Fid } from '../ids.ts'
import { MAX_REBUILD_FILES } from '../limits.ts'
import { CatalogueEntry } from './catalogue.ts'
import { Bytes } from './files.ts'

/** A fid that lies on a device, or that its catalogue remembers. */
export const InventoryFile = z.strictObject({
  fid: Fid,
  /** Of the file on the disk; left out: it is not there. */
  bytes: Bytes.optional(),
  /** What the database last said of it, and when. */
  entry: CatalogueEntry.optional(),
  readMs: z.int().min(0).optional(),
  /** When it was seen that no live file has this fid. */
  deletedMs: z.int().min(0).optional(),
})
export type InventoryFile = z.infer<typeof InventoryFile>

/** The lines of an inventory: of each device its files in ascending order, and then its end. */
export const InventoryLine = z.union([
  z.strictObject({
    deviceId: DeviceId,
    clusterId: z.uuid(),
    /** What the cluster is but its files, and when the database said so. */
    definitions: z.record(z.string(), z.unknown()).optional(),
    definedMs: z.int().min(0).optional(),
  }),
  InventoryFile.extend({ deviceId: DeviceId }),
  z.strictObject({ deviceId: DeviceId, end: z.literal(true) }),
])
export type InventoryLine = z.infer<typeof InventoryLine>

export const RebuildLoad = z.strictObject({
  clusterId: z.uuid(),
  deviceId: DeviceId,
  files: z.array(InventoryFile).max(MAX_REBUILD_FILES),
  /** All up to here was told. */
  toFid: z.int().min(0),
  isWhole: z.boolean(),
  definitions: z.record(z.string(), z.unknown()).optional(),
  definedMs: z.int().min(0).optional(),
})
export type RebuildLoad = z.infer<typeof RebuildLoad>

export const Rebuild = z.object({
  state: z.enum(['idle', 'loading', 'applying', 'done']),
  /** Some disk told what domains and classes there are. */
  isDefined: z.boolean(),
  devices: z.array(z.object({ deviceId: DeviceId, loadedFid: z.int(), isWhole: z.boolean() })),
})
export type Rebuild = z.infer<typeof Rebuild>

/**
 *   placeable: will be a file again; placed: it is; superseded: its key has a newer revision;
 *   deleted: seen to be gone; lost: no disk holds its bytes; undescribed: bytes of a file that no
 *   disk describes; homeless: its domain is none of those that the disks tell of.
 */
export const RebuildVerdict = z.enum([
  'placeable',
  'placed',
  'superseded',
  'deleted',
  'lost',
  'undescribed',
  'homeless',
])
export type RebuildVerdict = z.infer<typeof RebuildVerdict>

export const RebuildFilesQuery = z.object({ after: z.coerce.number().int().min(0).default(0) })

export const RebuildFiles = z.object({
  tally: z.record(z.string(), z.int()),
  /** What has no place, but what was deleted, replaced or never closed may have none. */
  unplaced: z.array(
    z.object({
      fid: Fid,
      verdict: RebuildVerdict,
      domain: z.string().nullable(),
      key: z.string().nullable(),
      /** Where bytes lie that nothing else names. */
      deviceIds: z.array(DeviceId),
    }),
  ),
  /** Null: there are no more. */
  nextAfter: z.int().nullable(),
})
export type RebuildFiles = z.infer<typeof RebuildFiles>

/** One window of the work. Until `isDone`, ask again. */
export const Applied = z.object({ lookedAt: z.int(), placed: z.int(), isDone: z.boolean() })
export type Applied = z.infer<typeof Applied>
