// Many files, some of them at once.
import { wholeNumber } from './arguments.ts'
import type { Option } from './verb.ts'

const DEFAULT_JOBS = 4
const MAX_JOBS = 64

export const jobsOption = {
  type: 'string',
  short: 'j',
  value: 'N',
  says: `how many at once (default ${DEFAULT_JOBS})`,
} as const satisfies Option

export const readJobs = (text: string | undefined): number =>
  text === undefined ? DEFAULT_JOBS : Math.min(wholeNumber('--jobs', text, 1), MAX_JOBS)

/** Begins in order. What the work throws ends it all, when the work that had begun is done. */
export async function eachAtOnce<Item>(
  items: Iterable<Item>,
  jobs: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = Iterator.from(items)
  const worker = async () => {
    for (const item of queue) {
      signal.throwIfAborted()
      await work(item)
    }
  }
  const results = await Promise.allSettled(Array.from({ length: jobs }, worker))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
