// The copies of a file, one after the other, as long as a reader has not found a good one.
import type { Fid } from '../ids.ts'
import { Paths } from '../wire/files.ts'
import { backoffMs } from './backoff.ts'
import { COPIES_PER_GET, PATHS_PER_GET } from './limits.ts'
import type { Tracker } from './tracker.ts'

export interface Copy {
  fid: Fid
  /** Of the whole file. */
  bytes: number
  url: string
}

/** Where a copy lies, whatever ticket it is read by: its URL without what follows the path. */
export function placeOfCopy(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/**
 * The tracker's order, the best first. When all have failed it is asked once more, and then tries
 * the first one itself: tickets expire and nodes die while a long body is read. Those to
 * `avoid` come last.
 */
export async function* copiesOf(
  tracker: Tracker,
  pathsPath: string,
  key: string,
  avoid: ReadonlySet<string>,
  signal?: AbortSignal,
): AsyncGenerator<Copy, undefined> {
  for (let asked = 0; asked < PATHS_PER_GET; asked++) {
    if (asked > 0) await tracker.clock.sleep(backoffMs(asked), signal)
    const query = { key, count: COPIES_PER_GET, noverify: asked === 0 ? 1 : undefined }
    const { fid, bytes, paths } = await tracker.ask(Paths, {
      method: 'GET',
      path: pathsPath,
      query,
      signal,
    })
    const isAvoided = (url: string) => avoid.has(placeOfCopy(url))
    const inTurn = paths.toSorted((a, b) => Number(isAvoided(a)) - Number(isAvoided(b)))
    for (const url of inTurn) yield { fid, bytes, url }
  }
}
