// One at a time writes to a partial file, or makes a file of it: a byte that came after the
// checksum was computed would be another file's under its name (I1).
import type { Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'

export class PartialClaims {
  readonly #taken = new Set<Fid>()

  has(fid: Fid): boolean {
    return this.#taken.has(fid)
  }

  /** Until it is disposed. Throws `busy` where another has it. */
  take(fid: Fid): Disposable {
    if (this.#taken.has(fid)) throw new Problem('busy', { fid, reason: 'another part is coming' })
    this.#taken.add(fid)
    return { [Symbol.dispose]: () => void this.#taken.delete(fid) }
  }
}
