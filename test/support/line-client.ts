// A client of MogileFS's line protocol, written from its description: one connection, lines out,
// lines in. `send` is for what no well-behaved client sends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface LineAnswer {
  /** Undefined where it is OK. */
  code: string | undefined
  /** Of a refusal: what it says. */
  text: string
  fields: Record<string, string>
}

type Args = Readonly<Record<string, string | number | undefined>>

const LOOPBACK = '127.0.0.1'

export class LineClient implements AsyncDisposable {
  readonly #socket: Socket
  readonly #lines: string[] = []
  readonly #awaiting: ((line: string | undefined) => void)[] = []
  #part = ''
  #isOver = false

  static async connect(port: number): Promise<LineClient> {
    const socket = connect({ port, host: LOOPBACK, noDelay: true })
    await once(socket, 'connect')
    return new LineClient(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#end())
    socket.on('end', () => this.#end())
  }

  /** Bytes as they are, one character each. */
  send(text: string): void {
    this.#socket.write(text, 'latin1')
  }

  /** No more is sent; answers are still taken. */
  finish(): void {
    this.#socket.end()
  }

  /** Takes no more of what is sent to it. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** The next line; undefined once the gateway has ended the connection. */
  line(): Promise<string | undefined> {
    const line = this.#lines.shift()
    if (line !== undefined || this.#isOver) return Promise.resolve(line)
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    this.#awaiting.push(resolve)
    return promise
  }

  /** Of a `!` command: its lines before the dot. */
  async lines(command: string): Promise<string[]> {
    this.send(`${command}\r\n`)
    const lines: string[] = []
    for (;;) {
      const line = await this.line()
      assert.ok(line !== undefined, 'the gateway ended the connection')
      if (line === '.') return lines
      lines.push(line)
    }
  }

  async ask(command: string, args: Args = {}): Promise<LineAnswer> {
    this.send(`${lineOf(command, args)}\r\n`)
    return readLine(await this.line())
  }

  /** The fields of an answer that must be OK. */
  async ok(command: string, args: Args = {}): Promise<Record<string, string>> {
    const { code, text, fields } = await this.ask(command, args)
    assert.equal(code, undefined, `${command}: ${code} ${text}`)
    return fields
  }

  /** The code of an answer that must be a refusal. */
  async refusal(command: string, args: Args = {}): Promise<string> {
    const { code } = await this.ask(command, args)
    assert.ok(code !== undefined, `${command} is OK`)
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return
    const closed = once(this.#socket, 'close')
    this.#socket.destroy()
    await closed
  }

  #take(text: string): void {
    const lines = (this.#part + text).split('\r\n')
    this.#part = lines.pop() ?? ''
    for (const line of lines) {
      const next = this.#awaiting.shift()
      if (next === undefined) this.#lines.push(line)
      else next(line)
    }
  }

  #end(): void {
    this.#isOver = true
    for (const next of this.#awaiting.splice(0)) next(undefined)
  }
}

export const lineOf = (command: string, args: Args): string => {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(args))
    if (value !== undefined) given.set(name, String(value))
  return `${command} ${given.toString()}`
}

export function readLine(line: string | undefined): LineAnswer {
  assert.ok(line !== undefined, 'the gateway ended the connection')
  const [word, rest = '', text = ''] = line.split(' ', 3)
  if (word === 'ERR')
    return { code: rest, text: decodeURIComponent(text.replaceAll('+', ' ')), fields: {} }
  assert.equal(word, 'OK', line)
  return { code: undefined, text: '', fields: Object.fromEntries(new URLSearchParams(rest)) }
}
