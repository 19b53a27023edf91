// Promise 2, for readers who compare: bytes other than the digest that came with them are met only
// where the story has damaged a copy of that very file.
import type { Check } from './check.ts'

export const bytesAreTheirs = (): Check => ({
  says: 'promise 2: bytes differ from their digest only where a disk has damaged them',
  look({ history, damage }) {
    return [...history.damaged]
      .filter((fid) => !damage.hasHurtCopy(fid))
      .map((fid) => `fid ${fid} was read as other bytes`)
  },
})
