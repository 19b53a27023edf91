// Whether a file has these very bytes. What cannot be read is as good as not there: one bad sector
// must not cost the whole device.
import { readFileSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { codeOf, isDamage } from '../failures.ts'

export async function holds(path: string, body: Uint8Array): Promise<boolean> {
  try {
    const { size } = await stat(path)
    if (size !== body.length) return false // and may be too large to be read at once
    const found = await readFile(path)
    return found.equals(body)
  } catch (error) {
    return falseWhereNothing(error)
  }
}

/** The same, for a thread of which nobody else waits. */
export function holdsSync(path: string, body: Uint8Array): boolean {
  try {
    return statSync(path).size === body.length && readFileSync(path).equals(body)
  } catch (error) {
    return falseWhereNothing(error)
  }
}

function falseWhereNothing(error: unknown): false {
  if (codeOf(error) === 'ENOENT' || isDamage(error)) return false
  throw error
}
