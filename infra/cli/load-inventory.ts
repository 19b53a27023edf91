// One inventory to the tracker, in batches, each with where it ends: what was loaded before, now
// or by a call that broke off, is passed over.

import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { AdminClient } from '#shared/client/admin.ts'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_REBUILD_FILES } from '#shared/limits.ts'
import { type InventoryFile, InventoryLine, type RebuildLoad } from '#shared/wire/rebuild.ts'

/** A tracker takes four times as much. */
const BATCH_CHARS = 1_000_000

export interface Loaded {
  deviceId: DeviceId
  files: number
  /** False: the inventory breaks off before its end, and the device would stay down. */
  isWhole: boolean
}

/** Throws where a line is none of an inventory's. */
export async function loadInventory(
  admin: AdminClient,
  input: Readable,
  onFiles: (files: number) => void,
): Promise<Loaded[]> {
  const known = new Map((await admin.rebuild.status()).devices.map((each) => [each.deviceId, each]))
  const loaded: Loaded[] = []
  let device: DeviceLoad | undefined
  for await (const text of createInterface({ input })) {
    const line = InventoryLine.parse(JSON.parse(text))
    if ('clusterId' in line) {
      if (device !== undefined) loaded.push(await device.finish(false))
      const isNews = known.get(line.deviceId)?.isWhole !== true
      const loadedFid = known.get(line.deviceId)?.loadedFid ?? 0
      device = new DeviceLoad(admin, line, isNews ? loadedFid : Infinity)
      await device.begin()
    } else if (device === undefined || line.deviceId !== device.deviceId) {
      throw new Error(`a line of device ${line.deviceId} stands before its first line`)
    } else if ('end' in line) {
      loaded.push(await device.finish(true))
      device = undefined
    } else {
      const { deviceId: _, ...file } = line
      onFiles(await device.add(file, text.length))
    }
  }
  if (device !== undefined) loaded.push(await device.finish(false))
  return loaded
}

type Head = Pick<RebuildLoad, 'clusterId' | 'deviceId' | 'definitions' | 'definedMs'>

class DeviceLoad {
  readonly deviceId: DeviceId
  readonly #admin: AdminClient
  readonly #head: Head
  readonly #loadedFid: number
  #batch: InventoryFile[] = []
  #chars = 0
  #toFid = 0
  #files = 0

  constructor(admin: AdminClient, head: Head, loadedFid: number) {
    this.#admin = admin
    this.#head = head
    this.#loadedFid = loadedFid
    this.deviceId = head.deviceId
  }

  begin(): Promise<unknown> {
    return this.#send(this.#head, false)
  }

  /** How many files have been told by it. */
  async add(file: InventoryFile, chars: number): Promise<number> {
    if (file.fid <= this.#loadedFid) return 1
    this.#batch.push(file)
    this.#chars += chars
    this.#toFid = file.fid
    if (this.#batch.length < MAX_REBUILD_FILES && this.#chars < BATCH_CHARS) return 0
    return this.#flush(false)
  }

  async finish(isWhole: boolean): Promise<Loaded> {
    await this.#flush(isWhole)
    return { deviceId: this.deviceId, files: this.#files, isWhole }
  }

  async #flush(isWhole: boolean): Promise<number> {
    const { clusterId, deviceId } = this.#head
    const files = this.#batch
    this.#batch = []
    this.#chars = 0
    await this.#send({ clusterId, deviceId }, isWhole, files)
    this.#files += files.length
    return files.length
  }

  #send(head: Head, isWhole: boolean, files: InventoryFile[] = []): Promise<unknown> {
    return this.#admin.rebuild.load({ ...head, files, toFid: this.#toFid, isWhole })
  }
}
