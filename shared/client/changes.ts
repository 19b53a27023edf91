// Reads a domain's feed of changes, page by page.
import { Changes } from '../wire/changes.ts'
import type { Tracker } from './tracker.ts'

export interface ChangesOptions {
  /** A cursor that was given; absent: the oldest change that is kept; `now`: where to begin. */
  after?: string | undefined
  limit?: number | undefined
  signal?: AbortSignal | undefined
}

export function changesPage(
  tracker: Tracker,
  domainPath: string,
  { signal, ...query }: ChangesOptions = {},
): Promise<Changes> {
  return tracker.ask(Changes, { method: 'GET', path: `${domainPath}/changes`, query, signal })
}

/** Up to what is settled now; the last page's cursor is where to go on later. */
export async function* changesPages(
  tracker: Tracker,
  domainPath: string,
  options: ChangesOptions = {},
): AsyncGenerator<Changes, undefined> {
  let [after, more] = [options.after, true]
  while (more) {
    const page: Changes = await changesPage(tracker, domainPath, { ...options, after })
    yield page
    ;({ cursor: after, more } = page)
  }
}
