// Clients that store and fetch without pause, each in its own way, and forgive nothing: a refused
// or reset connection is a failure, as is any answer but the right one. Node's own client does not
// try again by itself.
import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Urls {
  put: (fid: number) => string
  get: (fid: number) => string
}

export interface Answer {
  status: number
  body: Buffer
}

interface Sending {
  method: 'GET' | 'PUT'
  agent: Agent | false
  body?: Buffer
  /** Called in the middle of the body. */
  pause?: () => Promise<unknown>
}

export async function send(url: string, { method, agent, body, pause }: Sending): Promise<Answer> {
  const headers = body === undefined ? {} : { 'content-length': String(body.length) }
  const asking = request(url, { method, agent, headers })
  const answered = Promise.withResolvers<Answer>()
  asking.once('error', answered.reject)
  asking.once('response', (response) => {
    buffer(response).then(
      (all) => answered.resolve({ status: response.statusCode ?? 0, body: all }),
      answered.reject,
    )
  })
  if (body !== undefined && pause !== undefined) {
    asking.write(body.subarray(0, body.length / 2))
    await pause()
    asking.end(body.subarray(body.length / 2))
  } else asking.end(body)
  return answered.promise
}

const digest = (body: Buffer) => createHash('sha256').update(body).digest('hex')

/** Small ones go the plain way, large ones through a temp file; kept alive, or one by one. */
const WAYS = [
  { bytes: 4_096, isKept: true },
  { bytes: 4_096, isKept: false },
  { bytes: 300_000, isKept: true },
  { bytes: 300_000, isKept: false },
]

export class Traffic implements AsyncDisposable {
  readonly failures: string[] = []
  readonly #stored = new Map<number, string>()
  readonly #urls: Urls
  readonly #agents: Agent[] = []
  readonly #clients: Promise<void>[]
  #fid: number
  #isStopping = false
  #onStored: (() => void) | undefined

  /** The fids from `fromFid` on are ours. */
  constructor(urls: Urls, fromFid = 1) {
    this.#urls = urls
    this.#fid = fromFid
    this.#clients = [...WAYS, ...WAYS].map((way) => this.#client(way))
  }

  get stored(): number {
    return this.#stored.size
  }

  /** Resolves when so many more are stored. */
  async more(files: number): Promise<void> {
    const wanted = this.#stored.size + files
    while (this.#stored.size < wanted && this.failures.length === 0) {
      const next = Promise.withResolvers<undefined>()
      this.#onStored = () => next.resolve(undefined)
      await next.promise
    }
  }

  /** Resolves when every client has its last answer. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#clients)
    for (const agent of this.#agents) agent.destroy()
  }

  /** What was acknowledged and is not there, or has other bytes. */
  async missing(urls = this.#urls): Promise<number[]> {
    const missing: number[] = []
    for (const [fid, expected] of this.#stored) {
      const { status, body } = await send(urls.get(fid), { method: 'GET', agent: false })
      if (status !== 200 || digest(body) !== expected) missing.push(fid)
    }
    return missing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #client({ bytes, isKept }: (typeof WAYS)[number]): Promise<void> {
    const agent = isKept && new Agent({ keepAlive: true, maxSockets: 1 })
    if (agent !== false) this.#agents.push(agent)
    let last: number | undefined
    while (!this.#isStopping) {
      const fid = this.#fid++
      await this.#try(`PUT ${fid}`, () => this.#put(fid, randomBytes(bytes), agent))
      if (this.#stored.has(fid)) last = fid
      if (last === undefined) continue
      const read = last
      await this.#try(`GET ${read}`, () => this.#get(read, agent))
    }
  }

  async #try(what: string, work: () => Promise<number>): Promise<void> {
    try {
      const status = await work()
      if (status >= 300) this.failures.push(`${what}: ${status}`)
    } catch (error) {
      this.failures.push(`${what}: ${String(error)}`)
    }
    this.#onStored?.()
  }

  async #put(fid: number, body: Buffer, agent: Agent | false): Promise<number> {
    const { status } = await send(this.#urls.put(fid), { method: 'PUT', agent, body })
    if (status === 201) this.#stored.set(fid, digest(body))
    return status
  }

  async #get(fid: number, agent: Agent | false): Promise<number> {
    const { status, body } = await send(this.#urls.get(fid), { method: 'GET', agent })
    return status === 200 && digest(body) !== this.#stored.get(fid) ? 999 : status
  }
}
