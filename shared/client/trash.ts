// What was deleted or replaced, while it can be had back.
import { Deleted } from '../wire/files.ts'
import { Restored, type TrashedFile, TrashList } from '../wire/trash.ts'
import { conditionOf, type Expected } from './expected.ts'
import { checkedKey } from './names-in-urls.ts'
import type { Tracker } from './tracker.ts'

export interface TrashOptions {
  prefix?: string | undefined
  signal?: AbortSignal | undefined
}

export interface RestoreOptions extends Expected {
  /** Under another key than its own. */
  key?: string | undefined
  signal?: AbortSignal | undefined
}

export interface TrashClient {
  /** By key, then by fid; each page is asked for when the one before was read. */
  list(options?: TrashOptions): AsyncGenerator<TrashedFile, undefined>
  restore(fid: number, options?: RestoreOptions): Promise<Restored>
  /** For good. Needs a key with the scope admin. */
  erase(fid: number, options?: Pick<TrashOptions, 'signal'>): Promise<Deleted>
}

/** `path` is that of the domain's trash. */
export const trashClient = (tracker: Tracker, path: string): TrashClient => ({
  async *list({ prefix, signal } = {}): AsyncGenerator<TrashedFile, undefined> {
    let next: TrashList['next'] | undefined
    while (next !== null) {
      const query = { prefix, ...next }
      const page: TrashList = await tracker.ask(TrashList, { method: 'GET', path, query, signal })
      yield* page.files
      next = page.next
    }
    return undefined
  },
  restore: async (fid, { key, signal, ...expected } = {}) => {
    const json = { key: key === undefined ? undefined : checkedKey(key), ...conditionOf(expected) }
    return tracker.ask(Restored, { method: 'POST', path: `${path}/${fid}/restore`, json, signal })
  },
  erase: async (fid, options) =>
    tracker.ask(Deleted, { method: 'DELETE', path: `${path}/${fid}`, ...options }),
})
