// Lists a domain by keys, in byte order, page by page.
import { FileList } from '../wire/files.ts'
import type { Tracker } from './tracker.ts'

export interface ListOptions {
  prefix?: string | undefined
  /** Keys behind this one. */
  after?: string | undefined
  /** Keys that go on after it are grouped into `prefixes`. */
  delimiter?: string | undefined
  /** Entries of one page, not of all. */
  limit?: number | undefined
  signal?: AbortSignal | undefined
}

/** `files` is the path of the domain's files. */
export function listPage(
  tracker: Tracker,
  files: string,
  { signal, ...query }: ListOptions = {},
): Promise<FileList> {
  return tracker.ask(FileList, { method: 'GET', path: files, query, signal })
}

/** As many pages as there are; each is asked for when the one before was taken. */
export async function* listPages(
  tracker: Tracker,
  files: string,
  options: ListOptions = {},
): AsyncGenerator<FileList, undefined> {
  let after: string | null | undefined = options.after
  while (after !== null) {
    const page: FileList = await listPage(tracker, files, { ...options, after })
    yield page
    after = page.nextAfter
  }
}
