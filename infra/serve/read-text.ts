// A request's body as text, straight from Node's stream: a web stream in between took half of the
// tracker's CPU for an open or a close (2026-11-22, npm run bench -- full-store).
import type { Readable } from 'node:stream'
import { Problem } from '#shared/problems.ts'

/** Rejects with `body_too_large` as soon as that is known. */
export function readText(body: Readable, limit: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  let bytes = 0
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limit) reject(new Problem('body_too_large', { limit }))
    else chunks.push(chunk)
  })
  body.once('end', () => resolve(Buffer.concat(chunks, bytes).toString('utf8')))
  body.once('error', (cause) => reject(new Problem('body_cut_off', {}, { cause })))
  body.once('close', () => {
    if (!body.readableEnded) reject(new Problem('body_cut_off'))
  })
  return promise
}
