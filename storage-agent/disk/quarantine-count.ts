// How much lies in a device's quarantine: nobody but a person takes it away, so somebody must hear
// of it. Counted now and then, beside the inspection, which does not wait for it.
import { opendir, stat } from 'node:fs/promises'
import { MAX_QUARANTINE_COUNTED, QUARANTINE_COUNT_MS } from '../limits.ts'
import type { Lane } from './lane.ts'
import { QUARANTINE_DIR } from './layout.ts'

export interface Quarantined {
  /** No more than MAX_QUARANTINE_COUNTED are counted. */
  files: number
  bytes: number
}

export class QuarantineCount {
  /** As it was when it was last counted; undefined: it was not yet, or could not be. */
  last: Quarantined | undefined
  #countedAtMs = Number.NEGATIVE_INFINITY

  isDue(nowMs: number): boolean {
    if (nowMs - this.#countedAtMs < QUARANTINE_COUNT_MS) return false
    this.#countedAtMs = nowMs
    return true
  }

  /** Never rejects: nobody waits for it. */
  async count(root: string, lane: Lane): Promise<void> {
    const directory = `${root}/${QUARANTINE_DIR}`
    const found = { files: 0, bytes: 0 }
    try {
      for await (const { name } of await opendir(directory)) {
        if (found.files === MAX_QUARANTINE_COUNTED) break
        const { size } = await lane.run(() => stat(`${directory}/${name}`))
        found.files++
        found.bytes += size
      }
      this.last = found
    } catch {
      this.last = undefined // it was taken away meanwhile, or the inspection has more to say
    }
  }
}
