// I1: a fid's bytes never change, and no two disks hold different bytes under one fid for which a
// replica row speaks.
import type { Check } from './check.ts'

export const fidsNeverChange = (): Check => {
  const known = new Map<number, { checksum: string; bytes: number }>()
  return {
    says: 'I1: the bytes of a fid never change',
    look({ rows }) {
      return rows.files.flatMap(({ fid, checksum, bytes }) => {
        const before = known.get(fid)
        known.set(fid, { checksum, bytes })
        if (before === undefined || before.checksum === checksum) return []
        return [`fid ${fid} was ${before.checksum}, and is ${checksum}`]
      })
    },
  }
}
