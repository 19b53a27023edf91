// One connection of MogileFS's line protocol: any number of commands under way, answered in order.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LOOPBACK } from '#infra/dev/loopback.ts'

export class LineConnection implements Disposable {
  readonly #socket: Socket
  readonly #awaiting: PromiseWithResolvers<string>[] = []
  #next = 0
  #part = ''

  static async open(port: number): Promise<LineConnection> {
    const socket = connect({ port, host: LOOPBACK, noDelay: true })
    await once(socket, 'connect')
    return new LineConnection(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the gateway closed the connection')))
  }

  /** Sends a line and waits for its answer, which must be OK: its fields, still encoded. */
  async ask(line: string): Promise<string> {
    const answered = Promise.withResolvers<string>()
    this.#awaiting.push(answered)
    this.#socket.write(`${line}\r\n`, 'latin1')
    const answer = await answered.promise
    if (!answer.startsWith('OK ')) throw new Error(`${line}: ${answer}`)
    return answer.slice('OK '.length)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    const lines = (this.#part + text).split('\r\n')
    this.#part = lines.pop() ?? ''
    for (const line of lines) this.#awaiting[this.#next++]?.resolve(line)
    if (this.#next < FORGET_AFTER) return
    this.#awaiting.splice(0, this.#next)
    this.#next = 0
  }

  #fail(error: Error): void {
    for (const each of this.#awaiting.splice(this.#next)) each.reject(error)
  }
}

const FORGET_AFTER = 1_000
