// URLs of the scratch share as lists of names, and back. Pure. A name is what a directory can hold,
// and none of ours: what parses here cannot lead out of the share.
import { Problem } from '#shared/problems.ts'
import { MAX_SCRATCH_DEPTH, MAX_SCRATCH_NAME_BYTES } from '../limits.ts'

/** Where the share lies below the agent's address. */
export const SCRATCH = '/scratch'
/** In every collection: what is known of its members and of itself. No client sees it. */
export const FACTS_DIR = '.mog-facts'

/** From the share's root down; empty for the root itself. */
export type Path = readonly string[]

export const isScratchUrl = (url: string): boolean => /^\/scratch(?:[/?#]|$)/.test(url)

/** Of the target of a request, or of a URL in a header. Throws a Problem where it names nothing. */
export function parsePath(target: string): Path {
  const [path = ''] = target.split(/[?#]/, 1)
  const names = path.slice(SCRATCH.length).split('/')
  const parsed = names.filter((name) => name !== '').map(parseName)
  if (parsed.length > MAX_SCRATCH_DEPTH) throw new Problem('invalid_request', { path: 'too deep' })
  return parsed
}

function parseName(text: string): string {
  const name = decode(text)
  if (name === undefined || !isName(name))
    throw new Problem('invalid_request', { path: 'a name in it cannot be used' })
  return name
}

/** Also of what a directory says that it holds: U+FFFD stands for bytes that are not UTF-8. */
export const isName = (name: string): boolean =>
  !/[/\0\ufffd]/.test(name) &&
  !['', '.', '..', FACTS_DIR].includes(name) &&
  Buffer.byteLength(name) <= MAX_SCRATCH_NAME_BYTES

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * The path that a Destination or an If header names: on this share, and of the host that the
 * request was sent to, or without one.
 */
export function parseUri(uri: string, host: string | undefined): Path {
  const url = /^https?:\/\/([^/?#]*)([^?#]*)/i.exec(uri)
  const [authority, path] = url === null ? [host, uri] : [url[1], url[2] ?? '']
  if (authority?.toLowerCase() !== host?.toLowerCase() || !isScratchUrl(path))
    throw new Problem('foreign_destination', { uri })
  return parsePath(path)
}

export const hrefOf = (path: Path, isCollection: boolean): string =>
  [SCRATCH, ...path.map(encodeURIComponent)].join('/') + (isCollection ? '/' : '')

export const parentOf = (path: Path): Path => path.slice(0, -1)

/** Whether the one is the other, or lies below it. */
export const isWithin = (path: Path, above: Path): boolean =>
  above.every((name, at) => path[at] === name)
