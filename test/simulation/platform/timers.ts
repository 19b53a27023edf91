// Timers: virtual in a simulated process, real for everybody else. They are global, so they are put
// in place once for the whole program, and tell by the context who asks.
import { type Process, runningProcess } from '../process.ts'
import type { Appointment } from '../timeline.ts'

const real = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  clearInterval: globalThis.clearInterval,
  random: Math.random,
  dateNow: Date.now,
  timeout: AbortSignal.timeout.bind(AbortSignal),
}

/** What Node's own timers can do, as far as anybody asks. */
class Timer {
  appointment: Appointment | undefined

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return false
  }

  refresh(): this {
    return this
  }

  [Symbol.toPrimitive](): number {
    return 0
  }
}

type Callback = (...args: unknown[]) => unknown

function later(process: Process, callback: Callback, ms: number, args: unknown[]): Timer {
  const timer = new Timer()
  timer.appointment = process.after(ms, () => callback(...args))
  return timer
}

function again(process: Process, callback: Callback, ms: number, args: unknown[]): Timer {
  const timer = new Timer()
  const tick = () => {
    timer.appointment = process.after(Math.max(ms, 1), tick)
    callback(...args)
  }
  timer.appointment = process.after(Math.max(ms, 1), tick)
  return timer
}

const cancel = (timer: unknown): boolean => {
  if (!(timer instanceof Timer)) return false
  timer.appointment?.cancel()
  return true
}

/** `node:timers/promises`. */
export async function sleep<Value>(
  ms: number,
  value?: Value,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Value | undefined> {
  signal?.throwIfAborted()
  await runningProcess()?.clock.sleep(ms, signal)
  signal?.throwIfAborted()
  return value
}

function timeoutSignal(ms: number): AbortSignal {
  const process = runningProcess()
  if (process === undefined) return real.timeout(ms)
  const controller = new AbortController()
  process.after(ms, () => controller.abort(new DOMException('the time is up', 'TimeoutError')))
  return controller.signal
}

export function putTimersInPlace(): void {
  const virtual = {
    setTimeout: (callback: Callback, ms = 0, ...args: unknown[]) => {
      const process = runningProcess()
      return process === undefined
        ? real.setTimeout(callback, ms, ...args)
        : later(process, callback, ms, args)
    },
    setInterval: (callback: Callback, ms = 0, ...args: unknown[]) => {
      const process = runningProcess()
      return process === undefined
        ? real.setInterval(callback, ms, ...args)
        : again(process, callback, ms, args)
    },
    setImmediate: (callback: Callback, ...args: unknown[]) => {
      const process = runningProcess()
      return process === undefined
        ? real.setImmediate(callback, ...args)
        : later(process, callback, 0, args)
    },
    clearTimeout: (timer: NodeJS.Timeout) => cancel(timer) || real.clearTimeout(timer),
    clearInterval: (timer: NodeJS.Timeout) => cancel(timer) || real.clearInterval(timer),
  }
  Object.assign(globalThis, virtual)
  Object.assign(AbortSignal, { timeout: timeoutSignal })
  Math.random = () => runningProcess()?.random.next() ?? real.random()
  Date.now = () => runningProcess()?.clock.nowMs() ?? real.dateNow()
}
