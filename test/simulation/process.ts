// A process of the simulated world: an agent, a tracker, a client. What runs in it finds it through
// the asynchronous context. Killed, it never goes on; frozen (SIGSTOP), it goes on when it is let.
import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '#shared/assert.ts'
import type { Clock } from '#shared/clock.ts'
import type { Machine } from './disk/machine.ts'
import type { Network } from './network/network.ts'
import type { Random } from './random.ts'
import type { Appointment, Timeline } from './timeline.ts'

const current = new AsyncLocalStorage<Process>()

/** The process whose code runs now; undefined for the simulation's own. */
export const runningProcess = (): Process | undefined => current.getStore()

export function here(): Process {
  const process = current.getStore()
  assert(process !== undefined, 'only what runs in a process of the simulation uses its platform')
  return process
}

export interface ProcessDeps {
  timeline: Timeline
  network: Network
  random: Random
}

export class Process {
  readonly name: string
  readonly network: Network
  readonly random: Random
  /** What it runs on: its disks. Clients and trackers have none. */
  readonly machine: Machine | undefined
  /** Its clock is wrong by so much. */
  skewMs = 0
  /** What it spent in calls that do not let go of the thread. */
  busyMs = 0
  /** How many calls it gets done before it is dead, once it is being killed. */
  callsLeft: number | undefined
  readonly #timeline: Timeline
  readonly #atKill: (() => void)[] = []
  #isAlive = true
  #frozen: (() => unknown)[] | undefined

  constructor(name: string, { timeline, network, random }: ProcessDeps, machine?: Machine) {
    this.name = name
    this.network = network
    this.random = random.fork(name)
    this.machine = machine
    this.#timeline = timeline
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Aborts with the story, in which it may be killed but never ends. */
  get ended(): AbortSignal {
    return this.#timeline.ended
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined
  }

  readonly clock: Clock = {
    nowMs: () => this.#timeline.nowMs + this.skewMs,
    sleep: (ms, signal) => this.#sleep(ms, signal),
  }

  run<Result>(work: () => Result): Result {
    return current.run(this, work)
  }

  kill(): void {
    if (this.#isAlive && this.#frozen === undefined)
      this.run(() => {
        for (const work of this.#atKill) work()
      })
    this.#isAlive = false
    this.#frozen = undefined
  }

  /** What it is amid of, as far as it gets (`callsLeft`). */
  atKill(work: () => void): void {
    this.#atKill.push(work)
  }

  freeze(): void {
    this.#frozen ??= []
  }

  thaw(): void {
    const waiting = this.#frozen ?? []
    this.#frozen = undefined
    for (const work of waiting) this.after(0, work)
  }

  /** In this process, unless it is dead by then. */
  after(ms: number, work: () => unknown): Appointment {
    return this.#timeline.after(ms, () => this.#do(work))
  }

  /** Something that takes a time and happens at its end. Never settles once the process is dead. */
  take<Result>(ms: number, work: () => Result | Promise<Result>): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const settle = async () => {
      try {
        resolve(await work())
      } catch (error) {
        reject(error)
      }
    }
    this.after(ms, () => void settle())
    return promise
  }

  #do(work: () => unknown): void {
    if (!this.#isAlive) return
    if (this.#frozen === undefined) this.run(work)
    else this.#frozen.push(work)
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    if (signal?.aborted === true) return Promise.resolve(undefined)
    const wake = () => {
      appointment.cancel()
      signal?.removeEventListener('abort', wake)
      resolve(undefined)
    }
    const appointment = this.after(ms, wake)
    signal?.addEventListener('abort', wake, { once: true, signal: this.ended })
    return promise
  }
}
