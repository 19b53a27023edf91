// A request's body as text, straight from Node's stream: a web stream in between took half of the
// tracker's CPU for an open or a close (2026-11-22, npm run bench -- full-store).
import type { Readable } from 'node:stream'
import { Problem } from '#shared/problems.ts'

/** Throws `body_too_large` as soon as that is known. */
export async function readText(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the body was decoded before')
    bytes += chunk.length
    if (bytes > limit) throw new Problem('body_too_large', { limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes).toString('utf8')
}
