// The bytes at as many nodes as the close will want: at once where they can be sent at once, one
// after the other where they come from a stream. With fewer, the close waits for the rest.
import type { Stored, Upload } from '../wire/uploads.ts'
import type { BodySource } from './body.ts'
import { isWorthAnotherNode } from './elsewhere.ts'
import { expectOurs } from './expect-ours.ts'
import type { PutOptions } from './put.ts'
import { storeAt, type Target } from './store-at.ts'
import type { Tracker } from './tracker.ts'

/** Empty when no target took the bytes; why is in `failures`. Throws what is final. */
export async function storeCopies(
  tracker: Tracker,
  { targets, commitAt }: Pick<Upload, 'targets' | 'commitAt'>,
  source: BodySource,
  options: PutOptions,
  failures: Error[],
): Promise<Stored[]> {
  const left = targets.values() // each is taken by one
  const store = (nth: number) => {
    const onProgress = nth === 0 ? options.onProgress : undefined // what is shown is one body's
    return storeSomewhere(tracker, left, source, { ...options, onProgress }, failures)
  }
  const atOnce = source.isWhole ? commitAt : 1
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, (_, nth) => store(nth)))
  const stored = outcomes
    .map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined))
    .filter((each) => each !== undefined)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (stored.length === 0 && failed !== undefined) throw failed.reason

  while (stored.length > 0 && stored.length < commitAt && !source.isSpent()) {
    const more = await store(stored.length).catch((error: unknown) => {
      options.signal?.throwIfAborted()
      failures.push(error instanceof Error ? error : new Error(String(error)))
      return undefined // the close will wait for an agent's copy
    })
    if (more === undefined) break
    stored.push(more)
  }
  return stored
}

/** Undefined when no target took the bytes; why is in `failures`. Throws what is final. */
async function storeSomewhere(
  tracker: Tracker,
  targets: Iterable<Target>,
  source: BodySource,
  options: PutOptions,
  failures: Error[],
): Promise<Stored | undefined> {
  for (const target of targets) {
    try {
      const stored = await storeAt(tracker, target, source, options)
      await expectOurs(stored, source.bytes, options.checksum, 'elsewhere')
      return stored
    } catch (error) {
      if (!isWorthAnotherNode(error) || source.isSpent()) throw error
      failures.push(error)
    }
  }
  return undefined
}
