// A device of an agent's host as a look finds it: what lies there, and what should.
import { createHash } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Checksum, Fid } from '#shared/ids.ts'
import type { DigestedRange, Finding, LookWindow } from '#shared/wire/looks.ts'
import type { Host } from './host.ts'

export const sumOf = (bytes: Uint8Array, kind: 'SHA-256' | 'MD5' = 'SHA-256') =>
  Checksum.parse(`${kind}:${createHash(kind.replace('-', '')).update(bytes).digest('hex')}`)

export async function lay(host: Host, fid: number, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(host.fileOf(fid)), { recursive: true })
  await writeFile(host.fileOf(fid), bytes)
}

export const copy = (fid: number, bytes: Uint8Array, checksum = sumOf(bytes)) => ({
  fid: Fid.parse(fid),
  bytes: bytes.length,
  checksum,
  version: 1_000 + fid,
})

/** As a tracker makes them, of so many copies each. */
export function digestsOf(copies: LookWindow['copies'], each: number): DigestedRange[] {
  const ranges: DigestedRange[] = []
  for (let at = 0; at < copies.length; at += each) {
    const own = copies.slice(at, at + each)
    const lines = own.map(({ fid, bytes }) => `${fid} ${bytes}`).join('\n')
    const toFid = own.at(-1)?.fid ?? Fid.parse(1)
    const digest = createHash('sha256').update(lines).digest('hex')
    ranges.push({ toFid, files: own.length, digest })
  }
  return ranges
}

export const windowOf = (
  copies: LookWindow['copies'],
  own: Partial<LookWindow> = {},
): LookWindow => ({
  fsckId: 3,
  check: 'checksums',
  fromFid: Fid.parse(1),
  toFid: Fid.parse(5_000),
  copies,
  isWhole: true,
  settledFid: 5_000,
  bytesPerS: null,
  filesPerS: null,
  ...own,
})

/** Has the window looked at, and resolves with all that was reported of it. */
export async function look({ tracker }: Host, window: LookWindow): Promise<Finding[]> {
  const before = tracker.findings.length
  tracker.windows = [window]
  await tracker.heard(() => (tracker.windows.length === 0 ? true : undefined))
  return tracker.findings.slice(before).flatMap(({ findings }) => findings)
}

export const shown = (findings: readonly Finding[]) =>
  findings.map(({ code, fid }) => `${code} ${fid}`)

export const quarantined = (host: Host) => readdir(join(host.root, 'dev1/quarantine'))
