// A call on a disk takes its time, and happens at the end of it.
import type { FileSystem } from '../disk/file-system.ts'
import { here } from '../process.ts'

const LEAST_MS = 0.02
const MOST_MS = 0.6

export function timed<Result>(fs: FileSystem, call: () => Result): Promise<Result> {
  const process = here()
  const { random } = process
  const slowMs = fs.slowMs === 0 ? 0 : random.between(0.5, 1.5) * fs.slowMs
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const happen = () => {
    try {
      resolve(call())
    } catch (error) {
      reject(error)
    }
  }
  const begin = () =>
    process.after(random.between(LEAST_MS, MOST_MS) + slowMs, () => {
      // it may hang by now, and the process be killed before it answers again
      if (fs.isHung) fs.whenAnswering(() => process.after(0, happen))
      else happen()
    })
  fs.whenAnswering(begin)
  return promise
}
