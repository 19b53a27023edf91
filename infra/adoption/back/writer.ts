// A MogileFS database that is filled: statements with `?` for what is bound. What the three
// dialects write differently is in `words`.

export interface WriterWords {
  /** A key, from its bytes in hex. */
  key: string
  /** A checksum, from its bytes in hex. */
  checksum: string
  /** What empties a table at once. */
  empty: (table: string) => string
  /** What makes the next number of an upload higher than this one; undefined: a row will. */
  raiseFids: (fid: number) => string | undefined
}

export interface Writer extends AsyncDisposable {
  words: WriterWords
  query: (sql: string, values?: readonly Value[]) => Promise<Record<string, unknown>[]>
}

export type Value = string | number | null

/** In one transaction, where its tables know any. */
export async function atOnce(writer: Writer, work: () => Promise<void>): Promise<void> {
  await writer.query('begin')
  try {
    await work()
    await writer.query('commit')
  } catch (error) {
    await writer.query('rollback').catch(() => undefined) // the connection may be what failed
    throw error
  }
}

/** One statement for all of these rows; `columns` says how each value is written. */
export async function insertRows(
  { query }: Writer,
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return
  const row = `(${Object.values(columns).join(', ')})`
  const values = rows.map(() => row).join(', ')
  await query(
    `insert into ${table} (${Object.keys(columns).join(', ')}) values ${values}`,
    rows.flat(),
  )
}
