// The simulated network: requests and answers that arrive late, out of order, twice, in part or not
// at all, between processes that can be cut off from each other.
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { Timeline } from '../timeline.ts'
import { type HttpAnswer, type HttpRequest, type Listener, NetworkError } from './exchange.ts'

export interface Trouble {
  /** Shares of all exchanges, from 0 to 1. */
  lost: number
  twice: number
  cut: number
  late: number
  lateMs: number
}

export const NO_TROUBLE: Trouble = { lost: 0, twice: 0, cut: 0, late: 0, lateMs: 0 }

const HOP_MS = [0.05, 2] as const
const CONNECT_PATIENCE_MS = 2_000

interface Hold {
  isMeant: (request: HttpRequest) => boolean
  ms: number
}

interface Endpoint {
  process: Process
  listener: Listener
}

export class Network {
  trouble: Trouble = NO_TROUBLE
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #cut = new Set<string>()
  readonly #holds: Hold[] = []

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline
    this.#random = random.fork('network')
  }

  /** `host:port` of a URL, or the host alone where it names no port. */
  listen(address: string, process: Process, listener: Listener): void {
    this.#endpoints.set(address, { process, listener })
  }

  silence(address: string): void {
    this.#endpoints.delete(address)
  }

  partition(one: string, other: string): void {
    this.#cut.add(pairOf(one, other))
  }

  /** The next request of this kind is on its way for so long. */
  holdNext(isMeant: (request: HttpRequest) => boolean, ms: number): void {
    this.#holds.push({ isMeant, ms })
  }

  heal(one: string, other: string): void {
    this.#cut.delete(pairOf(one, other))
  }

  healAll(): void {
    this.#cut.clear()
    this.#holds.length = 0
    this.trouble = NO_TROUBLE
  }

  reaches(one: string, other: string): boolean {
    return !this.#cut.has(pairOf(one, other))
  }

  /** Rejects with a NetworkError, or the signal's reason. It may have been done nevertheless. */
  exchange(from: Process, request: HttpRequest, signal?: AbortSignal | null): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
    const fail = (ms: number, code: string) =>
      from.after(ms, () => reject(new NetworkError(code, `${request.method} ${request.url}`)))
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal))
    const { ended } = this.#timeline
    signal?.addEventListener('abort', () => reject(reasonOf(signal)), { once: true, signal: ended })

    const { random, trouble } = { random: this.#random, trouble: this.trouble }
    const isLost = random.chance(trouble.lost)
    const isHeard = !isLost || random.chance(0.5)
    const isTwice = random.chance(trouble.twice) && mayComeTwice(request)
    const cutAt = random.below(request.body.length + 1)
    const cutAfterBytes = random.chance(trouble.cut) ? cutAt : undefined
    const endpoint = this.#endpointOf(request.url)
    if (!this.reaches(from.name, endpoint?.process.name ?? '')) {
      fail(CONNECT_PATIENCE_MS, 'ETIMEDOUT')
      return promise
    }
    const answered = (answer: HttpAnswer, to: Process) => {
      const backMs = this.#hopMs()
      if (isLost || !this.reaches(from.name, to.name)) fail(backMs, 'ECONNRESET')
      else from.after(backMs, () => resolve(answer))
    }
    const deliver = (isFirst: boolean) => {
      const found = this.#endpointOf(request.url)
      if (found?.process.isAlive !== true) return isFirst && fail(this.#hopMs(), 'ECONNREFUSED')
      if (!this.reaches(from.name, found.process.name)) return isFirst && fail(0, 'ECONNRESET')
      return this.#serve(found, request, cutAfterBytes, (answer) => {
        if (!isFirst) return
        if (answer === undefined) fail(this.#hopMs(), 'ECONNRESET')
        else answered(answer, found.process)
      })
    }
    const heldMs = this.#heldMs(request)
    if (isHeard) this.#timeline.after(heldMs + this.#hopMs(), () => void deliver(true))
    else fail(this.#hopMs(), 'ECONNRESET')
    if (isTwice && isHeard) this.#timeline.after(this.#hopMs() + 1, () => void deliver(false))
    return promise
  }

  /** Hands the request over; nothing comes of it when the process dies meanwhile. */
  #serve(
    { process, listener }: Endpoint,
    request: HttpRequest,
    cutAfterBytes: number | undefined,
    answered: (answer: HttpAnswer | undefined) => void,
  ): void {
    process.after(0, () => {
      listener(request, cutAfterBytes).then(
        (answer) => answered(cutAfterBytes === undefined ? answer : undefined),
        () => answered(undefined),
      )
    })
  }

  #endpointOf(url: string): Endpoint | undefined {
    return this.#endpoints.get(new URL(url).host)
  }

  #heldMs(request: HttpRequest): number {
    const at = this.#holds.findIndex(({ isMeant }) => isMeant(request))
    return at < 0 ? 0 : (this.#holds.splice(at, 1)[0]?.ms ?? 0)
  }

  #hopMs(): number {
    const { late, lateMs } = this.trouble
    const hop = this.#random.between(...HOP_MS)
    return this.#random.chance(late) ? hop + this.#random.between(0, lateMs) : hop
  }
}

/** By a proxy that tries again: only what says that it may, and what deletes by name does not. */
const mayComeTwice = ({ method, url }: HttpRequest): boolean =>
  method === 'PUT' || (method === 'POST' && !url.endsWith('/restore'))

const pairOf = (one: string, other: string) => [one, other].toSorted().join(' | ')

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason))
