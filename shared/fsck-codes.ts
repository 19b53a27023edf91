// What a look at the disks can find and bring about: MogileFS's codes where the meaning is the same
// (section 3, fsck), each with a sentence for people. A code never changes its meaning.
import * as z from 'zod'

export const FsckCode = z.enum([
  // found by a tracker, of a file
  'NOPA',
  'POVI',
  // found by an agent, of a copy
  'MISS',
  'BLEN',
  'BSUM',
  'UNRD',
  'MSUM',
  'UNKN',
  // done about it
  'REPL',
  'SRCH',
  'FOND',
  'GONE',
])
export type FsckCode = z.infer<typeof FsckCode>

export const fsckSentences: Record<FsckCode, string> = {
  NOPA: 'no copy of this file is on a device that is in service',
  POVI: 'the copies of this file do not meet the policy of its class',
  MISS: 'the copy is not on the disk',
  BLEN: 'the copy has another length than the file',
  BSUM: 'the bytes of the copy do not have the checksum of the file',
  UNRD: 'the disk gave an error when the copy was read',
  MSUM: 'the copies of this file differ, and it is not known which one is right',
  UNKN: 'these bytes are named by nothing in the database, and are to be erased',
  REPL: 'the file is to be copied from its good copies',
  SRCH: 'no good copy of this file is known: every device is searched for one',
  FOND: 'a good copy was found on this device',
  GONE: 'no device holds a good copy; the row of the last one stays',
}
