// The last words of a story: a reader looks at everything, in the three ways that there are.
import type { DomainClient } from '#shared/client/domain.ts'
import { readVerified } from './actors/read-verified.ts'

export interface Finale {
  /** By key: the checksum of what a reader got, or why not. */
  read: ReadonlyMap<string, string>
  listed: ReadonlyMap<string, number>
  /** The checksum that the list says, by key. */
  sums: ReadonlyMap<string, string>
  /** Every change that the feed tells, one after the other. */
  told: ReadonlyMap<string, number>
}

export async function readAll(
  files: DomainClient,
  onDamaged: (fid: number) => void,
): Promise<Finale> {
  const listed = new Map<string, number>()
  const sums = new Map<string, string>()
  for await (const page of files.list({ limit: 5 }))
    for (const { key, fid, checksum } of page.files) {
      listed.set(key, fid)
      sums.set(key, checksum)
    }
  const read = new Map<string, string>()
  for (const key of listed.keys()) read.set(key, await contentOf(files, key, onDamaged))
  return { read, listed, sums, told: await followFeed(files) }
}

async function contentOf(
  files: DomainClient,
  key: string,
  onDamaged: (fid: number) => void,
): Promise<string> {
  try {
    return await readVerified(files, key, onDamaged)
  } catch (error) {
    return String(error)
  }
}

async function followFeed(files: DomainClient): Promise<Map<string, number>> {
  const told = new Map<string, number>()
  for await (const { changes, more } of files.changes({ limit: 10 })) {
    for (const { kind, key, fid, prevKey } of changes) {
      if (kind === 'rename' && prevKey !== null) told.delete(prevKey)
      if (kind === 'delete') told.delete(key)
      else told.set(key, fid)
    }
    if (!more) break
  }
  return told
}
