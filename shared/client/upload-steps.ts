// What a tracker is asked when a file is stored: to open an upload, to close it, to forget it.
import { Closed, type Stored, Upload } from '../wire/uploads.ts'
import { conditionOf } from './expected.ts'
import type { PutOptions } from './put.ts'
import type { Tracker } from './tracker.ts'

/** `path` is that of the domain's uploads. */
export function openUpload(
  tracker: Tracker,
  path: string,
  named: { key: string; bytes: number | undefined; parts?: boolean },
  { class: className, contentType, metadata, checksum, signal, ...expected }: PutOptions,
): Promise<Upload> {
  const known = typeof checksum === 'string' ? checksum : undefined
  const described = { ...named, class: className, contentType, metadata, checksum: known }
  const json = { ...described, ...conditionOf(expected) }
  return tracker.ask(Upload, { method: 'POST', path, json, signal })
}

/** Safe to repeat: a close that was done already is answered alike. */
export function closeUpload(
  tracker: Tracker,
  path: string,
  [{ deviceId, bytes, checksum, receipt }, ...others]: readonly [Stored, ...Stored[]],
  signal: AbortSignal | undefined,
): Promise<Closed> {
  const receipts = others.map((stored) => ({
    deviceId: stored.deviceId,
    receipt: stored.receipt,
  }))
  const named = receipts.length === 0 ? undefined : receipts
  const json = { deviceId, bytes, checksum, receipt, receipts: named }
  return tracker.ask(Closed, { method: 'POST', path: `${path}/close`, json, signal })
}

/** A kindness, tried once: it frees at once what would expire by itself. */
export async function abandonUpload(
  tracker: Tracker,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted === true) return
  await tracker.send({ method: 'DELETE', path, rounds: 1 }).catch(() => undefined)
}
