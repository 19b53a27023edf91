/**
 * POST a key by the tus protocol: 201 with the URL of a node, whose ticket closes the upload when
 * all bytes are there. A client goes on at that URL; nothing of it comes here again.
 */
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { OpenRequest } from '#shared/wire/uploads.ts'
import { writeUrl } from '../../auth/node-urls.ts'
import { conditionOf, domainOf, keyOf, parse, type TrackerContext } from '../../request.ts'
import { openAt } from '../opening.ts'
import { reachedBy } from '../reader.ts'

export const TUS_VERSION = '1.0.0'

export async function createResumable(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  if (c.req.header('tus-resumable') !== TUS_VERSION)
    throw new Problem('invalid_request', { at: 'tus-resumable', problem: `must be ${TUS_VERSION}` })
  const length = c.req.header('upload-length') ?? ''
  // after the creation of an empty one its client sends nothing more, and nobody would close it
  if (!/^[1-9]\d{0,14}$/.test(length))
    throw new Problem('invalid_request', { at: 'upload-length', problem: 'must be 1 or more' })
  const bytes = Number(length)
  if (bytes > MAX_FILE_BYTES) throw new Problem('body_too_large', { limit: MAX_FILE_BYTES })

  const request = { ...parse(OpenRequest, described(c, bytes)), ...conditionOf(c) }
  const { targets, ...opened } = await openAt(deps, domainOf(c), request)
  const [target] = targets
  if (target === undefined) throw new Problem('no_devices')
  const ticket = { ...opened, maxBytes: bytes, bytes, commit: true }
  return c.body(null, 201, {
    location: writeUrl(deps, target, ticket, reachedBy(c)(target)),
    'tus-resumable': TUS_VERSION,
    'upload-expires': new Date(opened.expiresAtMs).toUTCString(),
  })
}

/** What a page asks before, and a client that wants to know what there is. */
export const tusOptions = (c: TrackerContext): Response =>
  c.body(null, 204, {
    'tus-resumable': TUS_VERSION,
    'tus-version': TUS_VERSION,
    'tus-extension': 'creation,termination,checksum,expiration',
    'tus-max-size': String(MAX_FILE_BYTES),
  })

function described(c: TrackerContext, bytes: number) {
  const { filetype, ...metadata } = readMetadata(c.req.header('upload-metadata'))
  const fileClass = c.req.query('class')
  return {
    key: keyOf(c),
    bytes,
    ...(filetype !== undefined && filetype !== '' && { contentType: filetype }),
    ...(fileClass !== undefined && { class: fileClass }),
    metadata,
  }
}

/** `name base64,name base64`; a name may stand alone. */
function readMetadata(field = ''): Record<string, string> {
  const pairs = field.split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', base64 = ''] = pair.trim().split(' ')
      return [name, decode(base64)]
    }),
  )
}

function decode(base64: string): string {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('invalid_request', { at: 'upload-metadata', problem: 'must be base64' })
  }
}
