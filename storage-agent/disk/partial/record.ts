// What is known of a partial file, beside its bytes: which of them are durable, and how long they
// may wait for the others. It is there before the bytes are, and goes after them.
import { readFile, rm } from 'node:fs/promises'
import * as z from 'zod'
import type { Fid } from '#shared/ids.ts'
import { codeOf } from '../failures.ts'
import { FILE_MODE, PARTIAL_DIR } from '../layout.ts'
import { replaceFile } from '../replace-file.ts'
import { Stretch } from './stretches.ts'

export const Partial = z.object({
  /** The end of the ticket that it comes by. */
  untilS: z.number(),
  stretches: z.array(Stretch).readonly(),
  /** Its client gave it up: nothing more comes. */
  isGone: z.boolean(),
})
export type Partial = z.infer<typeof Partial>

export const dataOf = (root: string, fid: Fid): string => `${root}/${PARTIAL_DIR}/${fid}.data`
const recordOf = (root: string, fid: Fid) => `${root}/${PARTIAL_DIR}/${fid}.json`

/** Undefined: nothing has come. */
export async function readRecord(root: string, fid: Fid): Promise<Partial | undefined> {
  try {
    return Partial.parse(JSON.parse(await readFile(recordOf(root, fid), 'utf8')))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Durable when it resolves. */
export const writeRecord = (root: string, fid: Fid, partial: Partial): Promise<void> =>
  replaceFile(recordOf(root, fid), JSON.stringify(partial), FILE_MODE)

export async function removeRecord(root: string, fid: Fid): Promise<void> {
  await rm(dataOf(root, fid), { force: true })
  for (const file of [recordOf(root, fid), `${recordOf(root, fid)}.next`])
    await rm(file, { force: true })
}
