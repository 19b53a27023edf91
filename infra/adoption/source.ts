// A MogileFS database, whichever server keeps it: statements with `?` for what is bound, rows as
// objects. What the three dialects call differently is in `words`.

export interface Words {
  /** The bytes of a key as they are stored, in hex: what they mean is decided by us. */
  keyHex: string
  checksumHex: string
  /** The numbers of all devices of a row of file, with commas. */
  deviceList: string
}

export type Row = Readonly<Record<string, unknown>>

export interface Source extends AsyncDisposable {
  words: Words
  query: (sql: string, values?: readonly (string | number)[]) => Promise<Row[]>
}

export const listOf = (aggregate: string): string =>
  `(select ${aggregate} from file_on where file_on.fid = file.fid)`
