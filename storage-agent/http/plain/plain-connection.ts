// One connection at the plain door: its requests one after another, for as long as each is plain
// and its answer a success. The first that is not goes to Node's parser untouched, and the
// connection with it, for the rest of its life.
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Problem } from '#shared/problems.ts'
import type { CheckedTicket } from '#shared/tickets.ts'
import { IDLE_MS, MAX_PIPELINED_BYTES } from '../../limits.ts'
import type { Admission } from '../admission.ts'
import { drained } from '../drained.ts'
import type { HttpDeps } from '../exchange.ts'
import { answerPlainly, headOf } from './plain-answer.ts'
import { type PlainRequest, readPlainRequest } from './plain-request.ts'
import type { Turn } from './turn.ts'

export interface DoorDeps {
  admission: Admission
  http: HttpDeps
  /** Headers of every answer: names and values by turns. */
  always: readonly string[]
  turn: Turn
  /** Takes the connection over; what was read of it is readable again. */
  toNode: (socket: Socket, next: Buffer) => void
  /** Ends a connection whose client can send no more, and gets no success. */
  refuse: (socket: Socket, problem: Problem) => void
}

const nothing = Buffer.alloc(0)

export class PlainConnection {
  readonly #socket: Socket
  readonly #deps: DoorDeps
  /** Called when the door has no more to do with it. */
  readonly #gone: () => void
  /** What came and is not answered yet. */
  #bytes: Buffer = nothing
  /** How many bytes the request under way has: its body is on its way. */
  #wanted = 0
  #isBusy = false
  /** The client sends no more. */
  #isEnded = false
  /** We stop: the answer under way is the last. */
  #isClosing = false
  /** Told so in the last answer. */
  #isOver = false

  constructor(socket: Socket, deps: DoorDeps, gone: () => void) {
    this.#socket = socket
    this.#deps = deps
    this.#gone = gone
    socket.setTimeout(IDLE_MS)
    socket.on('timeout', this.#onTimeout)
    socket.on('error', this.#onError)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
    socket.on('data', this.#onData)
  }

  /** After the answer that is under way. */
  close(): void {
    this.#isClosing = true
    if (!this.#isBusy && this.#bytes.length === 0) this.#socket.destroy()
  }

  readonly #onTimeout = (): void => {
    this.#socket.destroy()
  }

  readonly #onClose = (): void => {
    this.#gone()
    if (this.#isBusy || this.#bytes.length === 0) return
    this.#bytes = nothing
    this.#deps.refuse(this.#socket, new Problem('body_cut_off'))
  }

  /** `close` follows by itself. */
  readonly #onError = (): void => {
    this.#isClosing = true
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    if (this.#isBusy) {
      if (this.#bytes.length > MAX_PIPELINED_BYTES) this.#socket.pause()
    } else if (this.#bytes.length >= this.#wanted) void this.#answerAll()
  }

  readonly #onEnd = (): void => {
    this.#isEnded = true
    if (!this.#isBusy) this.#finish()
  }

  /** All that came was answered, but for a request that is not whole, and no more will come. */
  #finish(): void {
    const isWhole = this.#bytes.length === 0
    this.#bytes = nothing
    if (isWhole) this.#socket.end()
    else this.#deps.refuse(this.#socket, new Problem('body_cut_off'))
  }

  /** Never rejects. */
  async #answerAll(): Promise<void> {
    this.#isBusy = true
    this.#wanted = 0
    while (this.#bytes.length > 0) {
      const request = readPlainRequest(this.#bytes)
      const ticket = request && this.#admit(request)
      if (request === undefined || ticket === undefined) return this.#leave()
      const end = request.headBytes + request.bodyBytes
      if (this.#bytes.length < end) {
        this.#wanted = end
        break
      }
      const body = this.#bytes.subarray(request.headBytes, end)
      if (!(await this.#answer(request, ticket, body))) return
      this.#bytes = this.#bytes.length === end ? nothing : this.#bytes.subarray(end)
      if (this.#isClosing || this.#isOver) return void this.#socket.end()
    }
    this.#isBusy = false
    if (this.#isEnded) this.#finish()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  #admit({ url, method }: PlainRequest): CheckedTicket | undefined {
    try {
      return this.#deps.admission.check(url, method)
    } catch {
      return undefined
    }
  }

  /** False: with this request the connection has left. */
  async #answer(request: PlainRequest, ticket: CheckedTicket, body: Buffer): Promise<boolean> {
    const { http, always, turn } = this.#deps
    const startedMs = performance.now()
    const whole = request.headBytes + request.bodyBytes
    try {
      using _ = http.load.requests.enter()
      const answer = await answerPlainly({ request, ticket, body }, http)
      if (answer === undefined) {
        this.#leave()
        return false
      }
      await turn.ended()
      this.#isOver = this.#isClosing || (http.ownership.isGiven && this.#bytes.length === whole)
      const head = headOf(answer, always, this.#isOver)
      const { body: content, parcel } = answer
      const packet = parcel?.pack(head, content) ?? Buffer.concat([Buffer.from(head), content])
      const isTaken = this.#socket.destroyed || this.#write(packet)
      if (isTaken) parcel?.giveBack()
      else await this.#drained()
      http.meter.answered(request.method, answer.status, performance.now() - startedMs)
      return true
    } catch (error) {
      this.#leave(error)
      return false
    }
  }

  /** Whether the kernel has all of it: the buffer is free again. */
  #write(answer: Buffer): boolean {
    this.#socket.write(answer)
    return this.#socket.writableLength === 0
  }

  /** A client that asks and does not read fills the kernel's buffer and one of ours, no more. */
  async #drained(): Promise<void> {
    const { writableLength, writableHighWaterMark } = this.#socket
    if (writableLength >= writableHighWaterMark) await drained(this.#socket)
  }

  #leave(error?: unknown): void {
    const socket = this.#socket
    if (socket.destroyed) return
    if (socket.readableEnded) {
      const problem = error instanceof Problem ? error : new Problem('internal', {})
      return this.#deps.refuse(socket, problem)
    }
    socket.off('timeout', this.#onTimeout)
    socket.off('error', this.#onError)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    socket.off('data', this.#onData)
    socket.setTimeout(0)
    socket.pause()
    const next = this.#bytes
    socket.unshift(next)
    this.#bytes = nothing
    this.#gone()
    this.#deps.toNode(socket, next)
    socket.resume()
  }
}
