// What a HEAD tells of a file: no node is looked for, and no body is sent.
import * as z from 'zod'
import { checksumOfDigest } from '../digests.ts'
import { Checksum, Fid } from '../ids.ts'
import { Bytes, FileDetail } from '../wire/files.ts'
import { type Answer, readAnswer } from './read-answer.ts'
import { Refusal } from './refusal.ts'
import type { Tracker } from './tracker.ts'

export const FileStat = z.object({
  fid: Fid,
  class: z.string().min(1),
  bytes: Bytes,
  checksum: Checksum,
  contentType: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
})
export type FileStat = z.infer<typeof FileStat>

const META = 'mog-meta-'

/** `at` is the path of the domain. */
export async function stat(
  tracker: Tracker,
  at: string,
  key: string,
  signal?: AbortSignal,
): Promise<FileStat> {
  const query = { key }
  try {
    const answer = await tracker.send({ method: 'HEAD', path: `${at}/file`, query, signal })
    return readAnswer(FileStat, answer, saidByHeaders(answer))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // a HEAD has no body that would say why it was refused: this one has
    const info = { method: 'GET', path: `${at}/info`, query, signal } as const
    return FileStat.parse(await tracker.ask(FileDetail, info))
  }
}

function saidByHeaders({ headers }: Answer) {
  const metadata = [...headers.entries()]
    .filter(([name]) => name.startsWith(META))
    .map(([name, value]): [string, string] => [name.slice(META.length), headerText(value)])
  return {
    fid: Number(headers.get('mog-fid')),
    class: headerText(headers.get('mog-class') ?? ''),
    bytes: Number(headers.get('content-length') ?? Number.NaN),
    checksum: checksumOfDigest(headers.get('repr-digest')) ?? 'none',
    contentType: headers.get('content-type'),
    metadata: Object.fromEntries(metadata),
  }
}

/** Headers carry Latin-1 alone, so the text is percent-encoded in them. */
function headerText(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value // a lone percent sign: it was not encoded
  }
}
