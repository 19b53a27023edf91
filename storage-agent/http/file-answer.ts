// What a GET or HEAD is answered with once its file was found (RFC 9110 sections 13 and 14): all of
// it, a part, or nothing where the client has it already. Pure.
import type { IncomingHttpHeaders } from 'node:http'
import type { CheckedTicket } from '#shared/tickets.ts'
import type { FoundFile } from '../disk/read.ts'
import { type ByteRange, parseRange } from './byte-range.ts'
import { isUnchanged, rangeApplies } from './preconditions.ts'

const DEFAULT_TYPE = 'application/octet-stream'
/** For this URL the bytes are for ever; but they are whose ticket it is. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable'

/** A file is what its ticket says, whatever its bytes look like. */
const NO_SNIFFING = ['x-content-type-options', 'nosniff']

export interface FileAnswer {
  status: 200 | 206 | 304
  /** Names and values by turns. */
  headers: string[]
  /** Of the file, what follows the head; undefined: nothing. */
  part: ByteRange | undefined
}

export interface FileRequest {
  method?: string | undefined
  headers: IncomingHttpHeaders
}

/** Headers of a file, and by what a client's conditions are judged. */
export function factsOf({ fid, contentType = DEFAULT_TYPE }: CheckedTicket, modifiedMs: number) {
  const etag = `"${fid}"`
  const lastModified = new Date(modifiedMs).toUTCString()
  return {
    validators: { etag, lastModified },
    /** Also for who has it already. */
    known: ['etag', etag, 'last-modified', lastModified, 'cache-control', CACHE_CONTROL],
    content: ['content-type', contentType, 'accept-ranges', 'bytes', ...NO_SNIFFING],
  }
}

export function answerFor(
  { method, headers }: FileRequest,
  ticket: CheckedTicket,
  { bytes, modifiedMs }: Pick<FoundFile, 'bytes' | 'modifiedMs'>,
): FileAnswer | 'unsatisfiable' {
  const { validators, known, content } = factsOf(ticket, modifiedMs)
  if (isUnchanged(headers, validators)) return { status: 304, headers: known, part: undefined }

  const isHead = method === 'HEAD'
  const range =
    !isHead && rangeApplies(headers, validators) ? parseRange(headers.range, bytes) : undefined
  if (range === 'unsatisfiable') return range
  if (range === undefined) {
    const length = ['content-length', String(bytes)]
    const part = isHead ? undefined : { start: 0, end: bytes }
    return { status: 200, headers: [...known, ...content, ...length], part }
  }
  const { start, end } = range
  const place = ['content-range', `bytes ${start}-${end - 1}/${bytes}`]
  const length = ['content-length', String(end - start)]
  return { status: 206, headers: [...known, ...content, ...place, ...length], part: range }
}
