// Content-MD5 of a PUT (RFC 1864): MogileFS's clients and trackers send it, and expect 400 where
// the bytes are others. Computed besides the file's own checksum, only where it was sent.
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '#shared/problems.ts'
import type { Terms } from '../disk/store.ts'

const MD5 = /^[A-Za-z0-9+/]{22}==$/

export interface PromisedMd5 {
  /** These terms, and that the bytes which went through have the promised digest. */
  terms(terms: Terms): Terms
  whole(body: Buffer): Buffer
  chunks(body: AsyncIterable<Buffer>): AsyncIterable<Buffer>
}

/** Undefined where the client promises nothing. */
export function promisedMd5(headers: IncomingHttpHeaders): PromisedMd5 | undefined {
  const promised = headers['content-md5']
  if (promised === undefined) return undefined
  if (typeof promised !== 'string' || !MD5.test(promised))
    throw new Problem('bad_digest', { promised: String(promised), problem: 'malformed' })

  const hash = createHash('md5')
  let received: string | undefined
  return {
    terms: ({ check, ...terms }) => ({
      ...terms,
      check(stored) {
        received ??= hash.digest('base64')
        if (received !== promised) throw new Problem('bad_digest', { promised, received })
        check(stored)
      },
    }),
    whole(body) {
      hash.update(body)
      return body
    },
    async *chunks(body) {
      for await (const chunk of body) {
        hash.update(chunk)
        yield chunk
      }
    },
  }
}
