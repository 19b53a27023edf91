// How far an export came, in MogileFS's own settings: the next fid, and the last change of ours
// when it began.
import * as z from 'zod'
import type { Writer } from './writer.ts'

const FIELD = 'mogile_edge_export'
const Setting = z.object({ value: z.string().default('') })

export interface Cursor {
  nextFid: number
  changeId: number
}

export async function readCursor({ query }: Writer): Promise<Cursor | undefined> {
  const [row] = await query('select value from server_settings where field = ?', [FIELD])
  const { value } = Setting.parse(row ?? {})
  const [, nextFid, changeId] = /^(\d+) (\d+)$/.exec(value) ?? []
  if (nextFid === undefined || changeId === undefined) return undefined
  return { nextFid: Number(nextFid), changeId: Number(changeId) }
}

export async function writeCursor(writer: Writer, cursor: Cursor): Promise<void> {
  await clearCursor(writer)
  const value = `${cursor.nextFid} ${cursor.changeId}`
  await writer.query('insert into server_settings (field, value) values (?, ?)', [FIELD, value])
}

export async function clearCursor({ query }: Writer): Promise<void> {
  await query('delete from server_settings where field = ?', [FIELD])
}
