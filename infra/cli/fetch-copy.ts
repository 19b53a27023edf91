// One copy of a file on its way to a stream, with its checksum taken as it goes.
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DomainClient } from '#shared/client/domain.ts'
import { refuse } from '#shared/client/refusal.ts'
import type { FileStat } from '#shared/client/stat.ts'
import { kindOfChecksum } from '#shared/ids.ts'
import { type Checksumming, checksumming } from './checksumming.ts'

export interface FetchOptions {
  /** Copies that were found damaged: another is read, where there is one. */
  avoid: ReadonlySet<string>
  /** Whether the output ends with the file. */
  end: boolean
  signal: AbortSignal
  onBegin: (file: FileStat) => void
  onBytes: (bytes: number) => void
}

export interface Fetched {
  file: FileStat
  isIntact: boolean
  /** Where it lies, to be avoided if it is damaged. */
  copy: string
}

/** An overwrite between two questions is looked at again, this often. */
const MAX_LOOKS = 3

/** `open` is called when a node has answered: before that there is nothing to write. */
export async function fetchCopy(
  domain: DomainClient,
  key: string,
  open: () => Writable,
  { avoid, end, signal, onBegin, onBytes }: FetchOptions,
): Promise<Fetched> {
  const { file, response } = await openRevision(domain, key, avoid, signal)
  onBegin(file)
  const sum = checksumming(kindOfChecksum(file.checksum))
  await pipeline(summed(response.body, sum, onBytes), open(), { end })
  // without a checksum the SDK's word has to do: all bytes of this revision are here
  const isIntact = (sum.finish() ?? file.checksum) === file.checksum
  return { file, isIntact, copy: response.headers.get('mog-copy') ?? '' }
}

async function* summed(
  body: ReadableStream<Uint8Array> | null,
  sum: Checksumming,
  onBytes: FetchOptions['onBytes'],
) {
  for await (const chunk of body ?? []) {
    sum.update(chunk)
    onBytes(chunk.byteLength)
    yield chunk
  }
}

/** What is known of the file and its bytes, of one revision. */
async function openRevision(
  domain: DomainClient,
  key: string,
  avoid: ReadonlySet<string>,
  signal: AbortSignal,
) {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const file = await domain.stat(key, { signal })
    const response = await domain.get(key, { avoid, signal })
    if (response.headers.get('mog-fid') === String(file.fid)) return { file, response }
    await response.body?.cancel()
  }
  throw refuse('no_readable_replica', 'The file is being replaced again and again')
}
