// What an agent says while it compares its disks with the database, as a test says it.
import assert from 'node:assert/strict'
import type * as z from 'zod'
import type { DeviceId } from '#shared/ids.ts'
import { FsckList, FsckLog, type NewFsck, StartedFsck } from '#shared/wire/fsck.ts'
import {
  type Finding,
  FindingsResponse,
  type LookWindow,
  SearchResponse,
  WindowResponse,
} from '#shared/wire/looks.ts'
import type { StorageHost } from '../support/storage-host.ts'
import { type Answer, parseAnswer } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'

export const start = async (world: World, ask: z.input<typeof NewFsck> = {}): Promise<number> =>
  (await world.ask(StartedFsck, 'POST', '/v1/admin/fsck', { json: ask })).fsckId

export const status = (world: World): Promise<FsckList> =>
  world.ask(FsckList, 'GET', '/v1/admin/fsck')

export async function runOf(world: World, fsckId: number) {
  const run = (await status(world)).runs.find((each) => each.fsckId === fsckId)
  assert.ok(run !== undefined, `there is no run ${fsckId}`)
  return run
}

/** Each event as `CODE fid on device`. */
export async function events(world: World): Promise<string[]> {
  const log = await world.ask(FsckLog, 'GET', '/v1/admin/fsck/log')
  return log.events.map(
    ({ code, fid, deviceId }) => `${code} ${fid}${deviceId === null ? '' : ` on ${deviceId}`}`,
  )
}

export async function windowOf(host: StorageHost, deviceId: DeviceId): Promise<LookWindow> {
  const { window } = parseAnswer(WindowResponse, await host.ask('look', { deviceId }))
  assert.ok(window !== null, `there is nothing to look at on ${deviceId}`)
  return window
}

/** `damage` by fid. The whole window is reported unless told how far. */
export function reportTo(
  host: StorageHost,
  deviceId: DeviceId,
  window: LookWindow,
  damage: Readonly<Record<number, Finding['code']>>,
  toFid: number = window.toFid,
): Promise<Answer> {
  const findings = Object.entries(damage).map(([fid, code]) => {
    const copy = window.copies.find((each) => each.fid === Number(fid))
    return code === 'UNKN'
      ? { code, fid: Number(fid) }
      : { code, fid: Number(fid), version: copy?.version ?? 0 }
  })
  const { fsckId, fromFid, copies } = window
  const files = copies.filter(({ fid }) => fid <= toFid).length
  const report = { deviceId, fsckId, fromFid, toFid, files, bytes: files, findings }
  return host.ask('findings', report)
}

export async function lookAt(
  host: StorageHost,
  deviceId: DeviceId,
  damage: Readonly<Record<number, Finding['code']>> = {},
): Promise<number[]> {
  const window = await windowOf(host, deviceId)
  return parseAnswer(FindingsResponse, await reportTo(host, deviceId, window, damage)).kept
}

/** Has a device searched for every file that is lost. */
export async function search(host: StorageHost, deviceId: DeviceId): Promise<void> {
  let searched: object | undefined
  for (;;) {
    const answer = await host.ask('search', { deviceId, searched })
    const { fromNo, toNo, files } = parseAnswer(SearchResponse, answer)
    if (toNo === fromNo) return
    const found = files.map(({ fid }) => fid).filter((fid) => host.disk(deviceId).has(fid))
    searched = { fromNo, toNo, found }
  }
}
