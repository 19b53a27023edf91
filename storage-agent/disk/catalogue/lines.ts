// The lines of a catalogue: pure. A leaf's file is a log of what the database said of the fids of
// one directory, each line with its own checksum: what a crash tore is passed over, and asked anew.
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import * as z from 'zod'
import { Fid } from '#shared/ids.ts'

export interface Known {
  /** As the database wrote it. */
  text: string
  /** By the trackers' clock. */
  readMs: number
}

/** What a leaf's file says, its lines laid over one another. */
export interface LeafContent {
  live: Map<Fid, Known>
  /** Fids that no live file has any more, and when that was seen. */
  deleted: Map<Fid, number>
  /** Lines that say nothing any more, torn ones, and those that are not understood. */
  spent: number
}

const Said = z.union([
  z.object({ fid: Fid }),
  z.object({ gone: z.array(Fid), deleted: z.boolean() }),
])

export function readLines(content: string): LeafContent {
  const live: LeafContent['live'] = new Map()
  const deleted: LeafContent['deleted'] = new Map()
  let lines = 0
  for (const line of content.split('\n')) {
    if (line === '') continue
    lines++
    const checked = checkLine(line)
    if (checked === undefined) continue
    const { text, readMs } = checked
    const said = readSaid(text)
    if (said === undefined) continue
    if ('fid' in said) {
      live.set(said.fid, checked)
      deleted.delete(said.fid)
    } else {
      for (const fid of said.gone) live.delete(fid)
      for (const fid of said.deleted ? said.gone : []) deleted.set(fid, readMs)
    }
  }
  return { live, deleted, spent: lines - live.size - timesOf(deleted).size }
}

/** Undefined for a line of a later version, which this one asks for anew. */
function readSaid(text: string): z.infer<typeof Said> | undefined {
  try {
    return Said.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // whole, by its checksum: another notation
  }
}

const timesOf = (deleted: LeafContent['deleted']) => new Set(deleted.values())

export const entryLine = ({ text, readMs }: Known): string => sealed(text, readMs)

/** Not on this device any more; `deleted`: nor anywhere else. */
export const goneLine = (gone: readonly Fid[], deleted: boolean, readMs: number): string =>
  sealed(JSON.stringify({ gone, deleted }), readMs)

/** All that a leaf's content says, in as few lines as that takes. */
export function compactLines({ live, deleted }: LeafContent): string[] {
  const byTime = Map.groupBy(deleted, ([, readMs]) => readMs)
  const graves = Array.from(byTime, ([readMs, fids]) =>
    goneLine(
      fids.map(([fid]) => fid),
      true,
      readMs,
    ),
  )
  return [...graves, ...Array.from(live.values(), entryLine)]
}

/** The same that a tracker computes (shared/wire/catalogue.ts). */
export function digestOf(live: LeafContent['live']): string {
  let digest = 0n
  for (const { text } of live.values()) digest ^= hash('sha256', text, 'buffer').readBigUInt64BE(0)
  return digest.toString(16).padStart(16, '0')
}

const CRC_DIGITS = 8

const sealed = (text: string, readMs: number): string => {
  const body = `${readMs} ${text}`
  return `${crcOf(body)} ${body}\n`
}

const crcOf = (body: string) => crc32(body).toString(16).padStart(CRC_DIGITS, '0')

/** Undefined for a line that was torn. */
export function checkLine(line: string): Known | undefined {
  const body = line.slice(CRC_DIGITS + 1)
  if (line.slice(0, CRC_DIGITS) !== crcOf(body)) return undefined
  const space = body.indexOf(' ')
  return { readMs: Number(body.slice(0, space)), text: body.slice(space + 1) }
}

export const sealedLine = sealed
