// What a GET or HEAD of a file that was found is answered with (RFC 9110 sections 13 and 14): all
// of it, parts, or nothing where the client has it already. Pure.
import type { IncomingHttpHeaders } from 'node:http'
import { etagOf } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import type { CheckedTicket } from '#shared/tickets.ts'
import { type ByteRange, parseRanges } from '../byte-range.ts'
import type { FoundFile } from '../disk/read.ts'
import { isUnchanged, rangeApplies, requireConditions, type Validators } from './preconditions.ts'
import { digestSigned, isToBeRead } from './wanted-digest.ts'

export const DEFAULT_TYPE = 'application/octet-stream'
/** For this URL the bytes are for ever; but they are whose ticket it is. */
const CACHE_CONTROL = ['cache-control', 'private, max-age=31536000, immutable']
/** A file is what its ticket says, whatever its bytes look like. */
const NO_SNIFFING = ['x-content-type-options', 'nosniff']

export interface FileAnswer {
  status: 200 | 206 | 304
  /** Names and values by turns. */
  headers: string[]
  /** Of the file, what follows the head; undefined: nothing. */
  part: ByteRange | undefined
}

/** Several ranges: 206, as multipart/byteranges, whose headers its sender completes. */
export interface SeveralParts {
  status: 206
  headers: string[]
  contentType: string
  parts: readonly ByteRange[]
}

export interface FileRequest {
  method?: string | undefined
  headers: IncomingHttpHeaders
}

/** Of a file: headers, and by what a client's conditions are judged. */
export interface FileFacts {
  validators: Validators
  /** Also for who has it already. */
  known: readonly string[]
  content: string[]
  contentType: string
}

/** `etag` is quoted; `others` are headers, names and values by turns. */
export function describeFile(
  etag: string,
  modifiedMs: number,
  contentType: string,
  others: readonly string[],
): FileFacts {
  const lastModified = new Date(modifiedMs).toUTCString()
  return {
    validators: { etag, lastModified },
    known: ['etag', etag, 'last-modified', lastModified, ...others],
    content: ['accept-ranges', 'bytes', ...NO_SNIFFING],
    contentType,
  }
}

interface Signed {
  etag: string
  alias: string | undefined
  digest: readonly string[]
}

/** A ticket is remembered (admission.ts), and so is what it says of the file: 3 us of each GET. */
const signed = new WeakMap<CheckedTicket, Signed>()

/** The checksum, where the tracker signed it into the ticket, else the fid's number. */
function signedBy(ticket: CheckedTicket): Signed {
  const known = signed.get(ticket)
  if (known !== undefined) return known
  const { fid, checksum } = ticket
  const alias = checksum === undefined ? undefined : etagOf({ fid })
  const digest = checksum === undefined ? [] : digestSigned(checksum)
  const made = { etag: etagOf(ticket), alias, digest }
  signed.set(ticket, made)
  return made
}

export function factsOf(request: FileRequest, ticket: CheckedTicket, modifiedMs: number) {
  const { etag, alias, digest } = signedBy(ticket)
  const { contentType = DEFAULT_TYPE } = ticket
  const facts = describeFile(etag, modifiedMs, contentType, CACHE_CONTROL)
  facts.validators.alias = alias
  if (!isToBeRead(request)) facts.content.push(...digest)
  return facts
}

export const answerFor = (
  request: FileRequest,
  ticket: CheckedTicket,
  { bytes, modifiedMs }: Pick<FoundFile, 'bytes' | 'modifiedMs'>,
): FileAnswer | SeveralParts => answerWith(request, factsOf(request, ticket, modifiedMs), bytes)

/** Throws a Problem where a condition does not hold, or the file has no byte of the ranges. */
export function answerWith(
  { method, headers }: FileRequest,
  { validators, known, content, contentType }: FileFacts,
  bytes: number,
): FileAnswer | SeveralParts {
  requireConditions(headers, validators)
  if (isUnchanged(headers, validators)) return { status: 304, headers: [...known], part: undefined }

  const isHead = method === 'HEAD'
  const parts =
    !isHead && rangeApplies(headers, validators) ? parseRanges(headers.range, bytes) : undefined
  if (parts !== undefined && parts.length > 1)
    return { status: 206, headers: [...known, ...content], contentType, parts }
  const typed = [...known, 'content-type', contentType, ...content]
  if (parts === undefined) {
    const part = isHead ? undefined : { start: 0, end: bytes }
    return { status: 200, headers: [...typed, 'content-length', String(bytes)], part }
  }
  const [part] = parts
  if (part === undefined) throw new Problem('range_not_satisfiable', { bytes })
  const length = ['content-length', String(part.end - part.start)]
  return {
    status: 206,
    headers: [...typed, 'content-range', placeOf(part, bytes), ...length],
    part,
  }
}

export const placeOf = ({ start, end }: ByteRange, bytes: number): string =>
  `bytes ${start}-${end - 1}/${bytes}`
