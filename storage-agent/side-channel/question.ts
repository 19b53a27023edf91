// What a line of mogstored's side channel asks (MogileFS section 8). Pure. A path is two numbers or
// nothing: what was written is never used as a path.
import { parseFidPath } from '#shared/fid-path.ts'
import type { DeviceId, Fid } from '#shared/ids.ts'

export type Question =
  | { ask: 'watch' }
  | { ask: 'size'; path: string; place: Place | undefined }
  | { ask: 'MD5' | 'SHA-1'; path: string; place: Place | undefined }
  | { ask: 'nothing' }
  | { ask: 'unknown' }

interface Place {
  deviceId: DeviceId
  fid: Fid
}

export function questionIn(line: string): Question {
  if (line === '') return { ask: 'nothing' }
  if (line === 'watch') return { ask: 'watch' }
  const [, ask, path = ''] = /^(size|MD5|SHA-1) (\/[\w./-]+)(?: fsck)?$/.exec(line) ?? []
  const asked = { path, place: parseFidPath(path) }
  if (ask === 'size') return { ask, ...asked }
  return ask === 'MD5' || ask === 'SHA-1' ? { ask, ...asked } : { ask: 'unknown' }
}
