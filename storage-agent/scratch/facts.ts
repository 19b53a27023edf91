// What is known of a resource beside its bytes: dead properties, media type, checksum. One small
// file each, in the same directory: so a collection takes along what is known of its members.
import { link, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import { codeOf } from '../disk/failures.ts'
import { replaceFile } from '../disk/replace-file.ts'
import type { Place, Resource } from './tree.ts'

/** A checksum is of a file of just this size and age: another program may have changed it since. */
const Content = z.object({ checksum: z.string(), bytes: z.number(), modifiedMs: z.number() })

const Facts = z.object({
  content: Content.optional(),
  contentType: z.string().optional(),
  /** By name, `{namespace}name`; each the XML of its element. */
  properties: z.record(z.string(), z.string()),
})
export type Facts = z.infer<typeof Facts>

const NOTHING: Facts = { properties: {} }
/** Copies keep their age, but not to the last microsecond. */
const SAME_AGE_MS = 2

const fileOf = (place: Place, { isCollection }: Pick<Resource, 'isCollection'>) =>
  isCollection ? place.factsOfCollection : place.factsOfFile

export async function readFacts(place: Place, resource: Resource): Promise<Facts> {
  try {
    const text = await readFile(fileOf(place, resource), 'utf8')
    return Facts.safeParse(parseJson(text)).data ?? NOTHING
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return NOTHING
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a torn file: whoever it described is still whole
  }
}

export async function writeFacts(
  place: Place,
  resource: Pick<Resource, 'isCollection'>,
  facts: Facts,
): Promise<void> {
  const file = fileOf(place, resource)
  await mkdir(dirname(file), { recursive: true })
  await replaceFile(file, JSON.stringify(facts), 0o640)
}

/** Of a file. A collection's go with it. */
export const forgetFacts = ({ factsOfFile }: Place): Promise<void> =>
  rm(factsOfFile, { force: true })

/** What is known of a file is known of it by another name too. */
export async function linkFacts(from: Place, to: Place): Promise<void> {
  await mkdir(dirname(to.factsOfFile), { recursive: true })
  await rm(to.factsOfFile, { force: true })
  try {
    await link(from.factsOfFile, to.factsOfFile)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** Half as long as in hex: litmus, for one, has room for an If header of 200 bytes. */
const brief = (checksum: string) =>
  Buffer.from(checksum.slice(checksum.indexOf(':') + 1), 'hex').toString('base64url')

/** Strong: the checksum, or where another program wrote the file, what tells it from others. */
export function etagOf(resource: Resource, { content }: Facts): string | undefined {
  const { isCollection, bytes, modifiedMs, inode } = resource
  if (isCollection) return undefined
  const isOfThis =
    content?.bytes === bytes && Math.abs(content.modifiedMs - modifiedMs) < SAME_AGE_MS
  if (isOfThis) return `"${brief(content.checksum)}"`
  return `"${[inode, bytes, Math.round(modifiedMs * 1_000)].map((n) => n.toString(36)).join('-')}"`
}
