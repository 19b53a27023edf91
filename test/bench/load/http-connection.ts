// One kept-alive HTTP/1.1 connection that costs the generator little: requests are sent as they
// are given, one at a time, and of an answer only its status and its length are read.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LOOPBACK } from '#infra/dev/loopback.ts'

export interface Answer {
  status: number
  bytes: number
  /** Empty where it is longer than KEPT_BYTES. */
  body: Buffer
}

const KEPT_BYTES = 65_536
const END_OF_HEAD = '\r\n\r\n'
const LENGTH = /\r\ncontent-length: *(\d+)/i

interface Incoming {
  status: number
  bytes: number
  left: number
  kept: Buffer[]
}

export class HttpConnection implements Disposable {
  readonly #socket: Socket
  #answered: PromiseWithResolvers<Answer> | undefined
  #failure: Error | undefined
  #head: Buffer | undefined
  #incoming: Incoming | undefined

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect({ port, host: LOOPBACK, noDelay: true })
    await once(socket, 'connect')
    return new HttpConnection(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** False where the server has closed it, after an idle time perhaps. */
  get isOpen(): boolean {
    return this.#failure === undefined
  }

  /** Sends a whole request and waits for its answer. Throws unless it has this status. */
  async exchange(request: string | Buffer, expected: number): Promise<Answer> {
    const answered = this.#expectAnswer()
    if (typeof request === 'string') this.#socket.write(request, 'latin1')
    else this.#socket.write(request)
    return check(await answered, expected)
  }

  /** Sends a head and so many bytes of body, piece after piece as the server takes them. */
  async stream(head: string, piece: Buffer, bytes: number, expected: number): Promise<Answer> {
    const answered = this.#expectAnswer()
    this.#socket.write(head, 'latin1')
    for (let left = bytes; left > 0; left -= piece.length) {
      const goesOn = this.#socket.write(left < piece.length ? piece.subarray(0, left) : piece)
      if (!goesOn) await Promise.race([once(this.#socket, 'drain'), answered])
    }
    return check(await answered, expected)
  }

  [Symbol.dispose](): void {
    this.#answered = undefined
    this.#socket.destroy()
  }

  #expectAnswer(): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure
    this.#answered = Promise.withResolvers()
    return this.#answered.promise
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#answered?.reject(error)
  }

  #take(chunk: Buffer): void {
    if (this.#incoming !== undefined) return this.#takeBody(this.#incoming, chunk)

    const head = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    const end = head.indexOf(END_OF_HEAD)
    if (end < 0) {
      this.#head = head
      return
    }
    this.#head = undefined
    const text = head.toString('latin1', 0, end)
    const length = LENGTH.exec(text)?.[1]
    if (length === undefined) {
      this.#answered?.reject(new Error(`an answer without Content-Length:\n${text}`))
      return
    }
    const incoming = { status: Number(text.slice(9, 12)), bytes: Number(length), kept: [] }
    this.#incoming = { ...incoming, left: incoming.bytes }
    this.#takeBody(this.#incoming, head.subarray(end + END_OF_HEAD.length))
  }

  #takeBody(incoming: Incoming, chunk: Buffer): void {
    incoming.left -= chunk.length
    if (incoming.bytes <= KEPT_BYTES) incoming.kept.push(chunk)
    if (incoming.left > 0) return
    this.#incoming = undefined
    const { status, bytes, kept } = incoming
    const [only = Buffer.alloc(0)] = kept
    this.#answered?.resolve({ status, bytes, body: kept.length > 1 ? Buffer.concat(kept) : only })
  }
}

function check(answer: Answer, expected: number): Answer {
  if (answer.status === expected) return answer
  throw new Error(`answered ${answer.status}, not ${expected}: ${answer.body.toString()}`)
}

/** The head of a request, or all of one without a body. */
export const headOf = (
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  fields: Readonly<Record<string, string | number>> = {},
): string => {
  const lines = Object.entries({ host: LOOPBACK, ...fields }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}
