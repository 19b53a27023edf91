// Starts a journal's thread: from its source, or from what the single executable brings.
import { getAsset, isSea } from 'node:sea'
import { Worker } from 'node:worker_threads'

/** Its name in the single executable. */
export const THREAD_ASSET = 'journal-thread.cjs'

export const startThread = (): Worker =>
  isSea()
    ? new Worker(getAsset(THREAD_ASSET, 'utf8'), { execArgv: [], eval: true })
    : new Worker(new URL('./thread.ts', import.meta.url), { execArgv: [] })
