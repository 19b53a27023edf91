// libuv's thread pool does all asynchronous disk operations. Its size is fixed when the first one
// begins, by an environment variable: main.ts sets it before.
import { readdirSync } from 'node:fs'
import { deviceIdOf } from './disk/layout.ts'
import { MAX_POOL_THREADS, POOL_THREADS_PER_DEVICE, SHARED_POOL_THREADS } from './limits.ts'

const LIBUV_DEFAULT = 4

/** The size that the pool has, or will have. */
export const poolThreads = (): number => Number(process.env['UV_THREADPOOL_SIZE'] ?? LIBUV_DEFAULT)

/** Takes effect where no asynchronous operation has begun yet. An operator's own size stays. */
export function sizeThreadPool(root: string, processes = 1): void {
  if (process.env['UV_THREADPOOL_SIZE'] !== undefined) return
  // a disk gets no more at once from several processes than from one
  const perDevice = Math.ceil(POOL_THREADS_PER_DEVICE / processes)
  const threads = SHARED_POOL_THREADS + perDevice * Math.max(countDevices(root), 1)
  process.env['UV_THREADPOOL_SIZE'] = String(Math.min(threads, MAX_POOL_THREADS))
}

function countDevices(root: string): number {
  try {
    return readdirSync(root).filter((name) => deviceIdOf(name) !== undefined).length
  } catch {
    return 0 // the start will say what is wrong with the root
  }
}
