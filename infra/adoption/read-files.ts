// The files of a MogileFS database, in pages by fid. One statement tells of a file and of all its
// copies: what another one would tell a moment later might not fit it.
import * as z from 'zod'
import type { Source } from './source.ts'

const OldFile = z.object({
  fid: z.coerce.number(),
  dmid: z.coerce.number(),
  classid: z.coerce.number(),
  length: z.coerce.number().nullable(),
  /** The bytes of the key, in hex. */
  dkey: z.string(),
  hashtype: z.coerce.number().nullable(),
  checksum: z.string().nullable(),
  devids: z
    .string()
    .nullable()
    .transform((text) => (text === null || text === '' ? [] : text.split(',').map(Number))),
})
export type OldFile = z.infer<typeof OldFile>

/** Those from a fid on. Fewer than `limit`: there are no more. */
export async function readFiles(
  { words, query }: Source,
  fromFid: number,
  limit: number,
): Promise<OldFile[]> {
  const { keyHex, checksumHex, deviceList } = words
  const rows = await query(
    `select file.fid as fid, dmid, classid, length, ${keyHex} as dkey,
        hashtype, ${checksumHex} as checksum, ${deviceList} as devids
      from file left join checksum on checksum.fid = file.fid
      where file.fid >= ? order by file.fid limit ?`,
    [fromFid, limit],
  )
  return rows.map((row) => OldFile.parse(row))
}
