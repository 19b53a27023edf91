// `node:perf_hooks` for simulated processes: virtual time, and what was spent in synchronous calls.
import { here } from '../process.ts'

export const performance = {
  now(): number {
    const process = here()
    return process.clock.nowMs() + process.busyMs
  },
}
