// Files by the dozen, stored and fetched through the SDK, with contents that tell them apart.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { DomainClient } from '#shared/client/domain.ts'

export type Contents = ReadonlyMap<string, Buffer<ArrayBuffer>>

const SIZES = [0, 1, 700, 4_096, 20_000, 70_000, 400_000]

/** Of all sizes: those that go through a device's journal, and those that do not. */
export const manyContents = (prefix: string, count: number): Contents =>
  new Map(
    Array.from({ length: count }, (_, n) => [
      `${prefix}/${n}`,
      randomBytes(SIZES[n % SIZES.length] ?? 0),
    ]),
  )

export async function putAll(files: DomainClient, contents: Contents): Promise<void> {
  await Promise.all([...contents].map(([key, content]) => files.put(key, content)))
}

/** Byte by byte what was stored. */
export async function expectAll(files: DomainClient, contents: Contents): Promise<void> {
  await Promise.all([...contents].map(([key, content]) => expectFile(files, key, content)))
}

export async function expectFile(files: DomainClient, key: string, content: Uint8Array) {
  const fetched = new Uint8Array(await (await files.get(key)).arrayBuffer())
  assert.equal(sumOf(fetched), sumOf(content), `${key}: ${fetched.length} of ${content.length}`)
}

const sumOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
