// What can be done with the files of one domain. Keys go into the query: in a path, URL parsers
// would fold their `.` and `..`.
import type * as z from 'zod'
import { DomainName, Key } from '../ids.ts'
import type { BatchVerb } from '../wire/batch.ts'
import type { Changes } from '../wire/changes.ts'
import { Explanation } from '../wire/explain.ts'
import {
  Deleted,
  type FileChange,
  FileCopies,
  FileDetail,
  FileInfo,
  type FileList,
  Paths,
} from '../wire/files.ts'
import { batch } from './batch.ts'
import type { PutBody } from './body.ts'
import { type ChangesOptions, changesPages } from './changes.ts'
import { type Expected, headersOf } from './expected.ts'
import { type GetOptions, get } from './get.ts'
import { type ListOptions, listPage, listPages } from './list.ts'
import { checkedKey, segment } from './names-in-urls.ts'
import { type PutOptions, type PutResult, put } from './put.ts'
import { putResumably, type ResumableOptions } from './put-resumably.ts'
import type { ResumableBody } from './ranged-body.ts'
import type { Refusal } from './refusal.ts'
import { type FileStat, stat } from './stat.ts'
import type { Tracker } from './tracker.ts'
import { type TrashClient, trashClient } from './trash.ts'

export interface AskOptions {
  signal?: AbortSignal | undefined
}

export interface WriteOptions extends AskOptions, Expected {}

export interface PathsOptions extends AskOptions {
  /** Takes the tracker's word; otherwise the first path has just answered it. */
  noverify?: boolean | undefined
  count?: number | undefined
}

/** What became of each of many; a refusal of one is given, not thrown. */
export type Outcomes<Answer> = AsyncGenerator<Answer | Refusal, undefined>

/** Who has the link can read the file, or store it once it is a `write`, until it expires. */
export interface ShareOptions {
  forMs: number
  /** To store under the key, and not to read it: a body up to so long, as a file of this class. */
  write?: { maxBytes?: number | undefined; class?: string | undefined } | undefined
}

/** Everything throws `Refusal` and `Unreachable`, and the signal's own reason. */
export interface DomainClient {
  readonly name: string
  /** Resolves when the bytes are fsynced on a device and the key is linked to them. */
  put(key: string, body: PutBody, options?: PutOptions): Promise<PutResult>
  /** The same for what is too large to be sent twice: it goes on where it broke off. */
  putResumably(key: string, body: ResumableBody, options?: ResumableOptions): Promise<PutResult>
  get(key: string, options?: GetOptions): Promise<Response>
  stat(key: string, options?: AskOptions): Promise<FileStat>
  info(key: string, options?: AskOptions): Promise<FileCopies>
  /** Why it lies where it lies, and what comes next. */
  explain(key: string, options?: AskOptions): Promise<Explanation>
  paths(key: string, options?: PathsOptions): Promise<Paths>
  list(options?: ListOptions): AsyncGenerator<FileList, undefined>
  listPage(options?: ListOptions): Promise<FileList>
  changes(options?: ChangesOptions): AsyncGenerator<Changes, undefined>
  /** A link, made without asking anybody; it is worth what the API key is worth when it is used. */
  share(key: string, options: ShareOptions): Promise<string>
  delete(key: string, options?: WriteOptions): Promise<Deleted>
  readonly trash: TrashClient
  /** Of each key, in their order, what `info` or `delete` would say; a thousand keys a request. */
  infoMany(keys: readonly string[], options?: AskOptions): Outcomes<FileDetail>
  deleteMany(keys: readonly string[], options?: AskOptions): Outcomes<Deleted>
  rename(from: string, to: string, options?: WriteOptions): Promise<FileInfo>
  change(key: string, change: FileChange, options?: WriteOptions): Promise<FileInfo>
}

const written = ({ signal, ...expected }: WriteOptions = {}) => ({
  signal,
  headers: headersOf(expected),
})

export function domainClient(tracker: Tracker, name: string): DomainClient {
  const at = `/v1/domains/${segment(name)}`

  const change = async (key: string, json: FileChange, options?: WriteOptions) =>
    tracker.ask(FileInfo, { method: 'PATCH', ...fileAt(key), json, ...written(options) })
  const fileAt = (key: string) => ({ path: `${at}/file`, query: { key: checkedKey(key) } })

  const ask = <Schema extends z.ZodType>(
    verb: BatchVerb,
    schema: Schema,
    keys: readonly string[],
    { signal }: AskOptions = {},
  ) => {
    const items = keys.map((key) => ({ key: checkedKey(key) }))
    return batch(tracker, `${at}/batch`, verb, schema, { items, signal })
  }

  return {
    name,
    put: async (key, body, options) =>
      put(tracker, `${at}/uploads`, checkedKey(key), body, options),
    putResumably: async (key, body, options) =>
      putResumably(tracker, `${at}/uploads`, checkedKey(key), body, options),
    get: async (key, options) => get(tracker, `${at}/paths`, checkedKey(key), options),
    stat: async (key, options) => stat(tracker, at, checkedKey(key), options?.signal),
    info: async (key, options) => {
      const query = { key: checkedKey(key) }
      return tracker.ask(FileCopies, { method: 'GET', path: `${at}/info`, query, ...options })
    },
    explain: async (key, options) => {
      const query = { key: checkedKey(key) }
      return tracker.ask(Explanation, { method: 'GET', path: `${at}/explain`, query, ...options })
    },
    paths: async (key, { noverify, count, signal } = {}) => {
      const query = { key: checkedKey(key), count, noverify: noverify === true ? 1 : undefined }
      return tracker.ask(Paths, { method: 'GET', path: `${at}/paths`, query, signal })
    },
    share: async (key, { forMs, write }) =>
      tracker.share({
        verb: write === undefined ? 'GET' : 'PUT',
        domain: DomainName.parse(name),
        key: Key.parse(checkedKey(key)),
        untilS: Math.floor((tracker.clock.nowMs() + forMs) / 1_000),
        ...write,
      }),
    list: (options) => listPages(tracker, `${at}/files`, options),
    listPage: async (options) => listPage(tracker, `${at}/files`, options),
    changes: (options) => changesPages(tracker, at, options),
    delete: async (key, options) =>
      tracker.ask(Deleted, { method: 'DELETE', ...fileAt(key), ...written(options) }),
    trash: trashClient(tracker, `${at}/trash`),
    infoMany: (keys, options) => ask('stat', FileDetail, keys, options),
    deleteMany: (keys, options) => ask('delete', Deleted, keys, options),
    rename: async (from, to, options) => change(from, { key: checkedKey(to) }, options),
    change,
  }
}
