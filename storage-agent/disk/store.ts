// Storing one fid on one device, durably: what returns from here was fsynced (promise 1). Small
// bodies go through the journal, larger ones through a temp file of their own.
import { hash, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import type { Checksum, ChecksumKind, Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { checksumOfBytes, checksumOfHex } from './checksum.ts'
import type { Device } from './device.ts'
import { TEMP_DIR } from './layout.ts'
import { publish } from './publish.ts'
import { type Body, receive } from './receive.ts'

export interface StoredFile {
  bytes: number
  checksum: Checksum
}

export interface Terms {
  maxBytes: number
  /** As many as will come at most, where that is known: they are promised their room. */
  expectedBytes?: number | undefined
  /** Of the checksum that `check` is given and that is answered. */
  checksumKind: ChecksumKind
  /** Called when all bytes are here, before they get their name; what it throws prevents that. */
  check: (stored: StoredFile) => void
}

/** A body of which the caller has all bytes, at most SMALL_BODY_BYTES. */
export const storeSmall = (
  device: Device,
  fid: Fid,
  body: Uint8Array,
  terms: Terms,
): Promise<StoredFile> =>
  device.write(async ({ journal }) => {
    const startedMs = performance.now()
    const digest = hash('sha256', body, 'buffer')
    const checksum =
      terms.checksumKind === 'SHA-256'
        ? checksumOfHex('SHA-256', digest.toString('hex'))
        : checksumOfBytes(body, terms.checksumKind)
    const stored = { bytes: body.length, checksum }
    if (body.length > terms.maxBytes)
      throw new Problem('body_too_large', { maxBytes: terms.maxBytes })
    const outcome = await device.turns.run(fid, async () => {
      terms.check(stored)
      try {
        return (await journal?.store(fid, body, digest)) ?? 'full'
      } catch (error) {
        throw device.failedWrite(error)
      }
    })
    if (outcome === 'full') return storeLarge(device, fid, [body], terms)
    if (outcome === 'other_bytes') throw new Problem('fid_exists', { fid })
    device.tally.stored(stored.bytes, performance.now() - startedMs)
    device.due.arrived(fid)
    return stored
  })

/** A body of any length. Its bytes are verified and fsynced before the fid names them. */
export const storeLarge = (
  device: Device,
  fid: Fid,
  body: Body,
  terms: Terms,
): Promise<StoredFile> =>
  device.write(async (mount) => {
    const temp = `${mount.root}/${TEMP_DIR}/${fid}.${randomUUID()}`
    try {
      using room = device.room.promise(terms.expectedBytes ?? 0)
      const stored = await receive(temp, room.follow(body), terms, device.lane)
      device.tally.wrote(stored.bytes)
      await device.turns.run(fid, () => {
        terms.check(stored)
        return publish(device, mount, fid, temp, stored)
      })
      device.due.arrived(fid)
      return stored
    } catch (error) {
      throw device.failedWrite(error)
    } finally {
      await device.lane.run(() => rm(temp, { force: true }))
    }
  })
