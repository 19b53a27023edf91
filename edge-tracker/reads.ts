// Finding a key's copies as requests ask for them: each for itself, in statements that may be
// shared.
import type { Db } from './db/db.ts'
import { copiesOfKeys, type Located, type NamedFile } from './db/replicas.ts'
import type { Gather } from './gather.ts'

/** Undefined: no such key, or no such domain. */
export type FindCopies = (ask: NamedFile) => Promise<Located | undefined>

/** Two at once: where rows must be read from a disk, more than one process waits for them. */
const STATEMENTS_AT_ONCE = 2

export function findCopies(db: Db, gather: Gather): FindCopies {
  const find = gather<NamedFile, { file: Located | undefined }>(async (asks) => {
    const found = await db.all(copiesOfKeys(asks))
    const byNr = new Map(found.map((file) => [file.nr, file]))
    return asks.map((_ask, nr) => ({ file: byNr.get(nr + 1) }))
  }, STATEMENTS_AT_ONCE)
  return async (ask) => (await find(ask))?.file
}
