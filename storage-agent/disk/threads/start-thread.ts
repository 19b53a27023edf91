// Starts a thread of the agent: from its source, or from what the single executable brings.
import { getAsset, isSea } from 'node:sea'
import { Worker } from 'node:worker_threads'

/** By their names in the single executable. */
export const threads = {
  'journal.cjs': () => new URL('../journal/thread.ts', import.meta.url),
  'quick-reads.cjs': () => new URL('../quick-reads/thread.ts', import.meta.url),
} as const

export const startThread = (name: keyof typeof threads): Worker =>
  isSea()
    ? new Worker(getAsset(name, 'utf8'), { execArgv: [], eval: true })
    : new Worker(threads[name](), { execArgv: [] })
