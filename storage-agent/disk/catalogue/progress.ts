// How far a device's catalogue is, and what it knows of the cluster: two small files on its disk,
// replaced whole. Without them everything is asked again.
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import * as z from 'zod'
import { codeOf } from '../failures.ts'
import type { Lane } from '../lane.ts'
import { CATALOGUE_DIR, FILE_MODE } from '../layout.ts'
import { replaceFile } from '../replace-file.ts'
import { checkLine, sealedLine } from './lines.ts'

const Progress = z.object({
  /** Where the feed of changes was read up to. */
  after: z.string().nullable(),
  /** Up to there every leaf was compared when nothing more could come to it. */
  completeFid: z.int(),
})
export type Progress = z.infer<typeof Progress>

export interface Definitions {
  text: string
  readMs: number
}

export async function readProgress(root: string, lane: Lane): Promise<Progress> {
  const text = await readIfThere(`${root}/${CATALOGUE_DIR}/progress`, lane)
  const parsed = Progress.safeParse(parseJson(text))
  return parsed.success ? parsed.data : { after: null, completeFid: 0 }
}

export const writeProgress = (root: string, lane: Lane, progress: Progress): Promise<void> =>
  replace(root, 'progress', JSON.stringify(progress), lane)

/** Undefined where there are none, or torn ones. */
export async function readDefinitions(root: string, lane: Lane): Promise<Definitions | undefined> {
  const text = await readIfThere(`${root}/${CATALOGUE_DIR}/definitions`, lane)
  return text === undefined ? undefined : checkLine(text.trimEnd())
}

export const writeDefinitions = (root: string, lane: Lane, { text, readMs }: Definitions) =>
  replace(root, 'definitions', sealedLine(text, readMs), lane)

/** As a tracker computes it; empty where there are none. */
export const digestOfDefinitions = (definitions: Definitions | undefined): string =>
  definitions === undefined ? '' : createHash('sha256').update(definitions.text).digest('hex')

const replace = (root: string, name: string, text: string, lane: Lane): Promise<void> =>
  lane.run(async () => {
    await mkdir(`${root}/${CATALOGUE_DIR}`, { recursive: true })
    await replaceFile(`${root}/${CATALOGUE_DIR}/${name}`, text, FILE_MODE)
  })

async function readIfThere(path: string, lane: Lane): Promise<string | undefined> {
  try {
    return await lane.run(() => readFile(path, 'utf8'))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return undefined
  }
}

function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
