// One client: its lines are answered one after the other, in order, as many as it sends. Reads
// that follow each other are answered side by side. It is not read from while too much waits, and
// nothing is done for it while it does not take its answers.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { errorFacts } from '#shared/events.ts'
import { type Asked, ask, type Client, type Desk } from './answer.ts'
import { answerBang } from './bang.ts'
import { errLine } from './codec.ts'
import {
  IDLE_MS,
  MAX_LINE_BYTES,
  MAX_READS_AT_ONCE,
  MAX_UNREAD_BYTES,
  MAX_WAITING_BYTES,
  MAX_WAITING_LINES,
  STALLED_MS,
} from './limits.ts'
import { LineSplitter } from './lines.ts'
import { LineRefusal } from './refusals.ts'

export class Connection {
  readonly #socket: Socket
  readonly #desk: Desk
  readonly #client: Client
  readonly #from: string
  readonly #gone = new AbortController()
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES)
  #waiting: string[] = []
  #waitingBytes = 0
  #answers = ''
  #isBusy = false
  #hasEnded = false
  #isStopping = false
  /** Since when a line is unfinished, or answers are not taken; else since when it is silent. */
  #sinceMs: number

  constructor(socket: Socket, desk: Desk) {
    this.#socket = socket
    this.#desk = desk
    this.#from = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`
    this.#sinceMs = desk.clock.nowMs()
    const headers = { [desk.addressHeader]: socket.remoteAddress ?? '' }
    this.#client = { headers, signal: this.#gone.signal }
    socket.on('data', (chunk: Buffer) => {
      if (!this.#splitter.overflown) this.#take(chunk) // what follows is read away
    })
    socket.on('end', () => this.#end())
    socket.on('error', () => socket.destroy()) // reset by the client: it is gone
    socket.once('close', () => {
      this.#gone.abort()
      desk.activity.unwatch(this.#tellWatcher)
    })
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Ends it where it has been stalled or silent for too long. */
  look(): void {
    const isFull = this.#socket.writableLength > MAX_UNREAD_BYTES
    const isStalled = isFull || this.#splitter.hasPart || this.#hasEnded
    if (this.#isBusy && !isFull) return
    if (this.#desk.clock.nowMs() - this.#sinceMs > (isStalled ? STALLED_MS : IDLE_MS))
      this.#socket.destroy()
  }

  /** No more is begun; what is under way is answered. */
  stop(): void {
    this.#waiting = []
    this.#waitingBytes = 0
    this.#isStopping = true
    this.#end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const hadPart = this.#splitter.hasPart
    const lines = this.#splitter.push(chunk)
    if (!hadPart || lines.length > 0) this.#sinceMs = this.#desk.clock.nowMs()
    for (const line of lines) {
      if (line === '') continue
      this.#waiting.push(line)
      this.#waitingBytes += line.length
    }
    if (this.#hasEnough || this.#splitter.overflown) this.#socket.pause()
    if (!this.#isBusy) void this.#work()
  }

  get #hasEnough(): boolean {
    return this.#waiting.length > MAX_WAITING_LINES || this.#waitingBytes > MAX_WAITING_BYTES
  }

  #end(): void {
    this.#hasEnded = true
    if (!this.#isBusy) this.#flush()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    while (this.#waiting.length > 0 && !this.#socket.destroyed) {
      for (const answer of this.#next()) this.#say(await answer)
      if (!this.#hasEnough) this.#readOn()
      if (this.#socket.writableLength > MAX_UNREAD_BYTES) await this.#taken()
    }
    this.#isBusy = false
    this.#sinceMs = this.#desk.clock.nowMs()
    if (this.#splitter.overflown) this.#refuseRest()
    else if (this.#hasEnded) this.#flush()
  }

  /** The next command, or the next few where they only read, all begun. */
  #next(): Promise<string>[] {
    const begun: Promise<string>[] = []
    let at = 0
    for (; at < Math.min(this.#waiting.length, MAX_READS_AT_ONCE); at++) {
      const asked = this.#ask(this.#waiting[at] ?? '')
      if (!asked.isRead && at > 0) break
      begun.push(this.#run(asked, this.#waiting[at] ?? ''))
      if (!asked.isRead) {
        at++
        break
      }
    }
    for (const line of this.#waiting.splice(0, at)) this.#waitingBytes -= line.length
    return begun
  }

  #ask(line: string): Asked {
    if (!line.startsWith('!')) return ask(this.#desk, this.#client, line)
    const { activity } = this.#desk
    const run = () => Promise.resolve(answerBang(activity, line, this.#tellWatcher))
    return { name: line, isRead: false, isBang: true, run }
  }

  /** Never rejects: nobody would hear of it. */
  async #run(asked: Asked, line: string): Promise<string> {
    const { activity, events } = this.#desk
    const work = asked.isBang ? undefined : activity.begin(line, this.#from)
    try {
      return await asked.run()
    } catch (error) {
      events.emit('error', 'command.failed', { command: asked.name, ...errorFacts(error) })
      return errLine('failure', new LineRefusal('failure').message)
    } finally {
      if (work !== undefined) activity.end(work)
    }
  }

  /** What is said in one turn of the event loop leaves together. */
  #say(answer: string): void {
    if (this.#answers === '') setImmediate(() => this.#flush())
    this.#answers += answer
  }

  readonly #tellWatcher = (text: string): void => {
    if (this.#socket.writableLength <= MAX_UNREAD_BYTES) this.#say(`:: ${text}\r\n`)
  }

  #flush(): void {
    const { destroyed } = this.#socket
    if (this.#answers !== '' && !destroyed) this.#socket.write(this.#answers, 'latin1')
    this.#answers = ''
    if (this.#isBusy || !this.#hasEnded) return
    if (this.#isStopping) this.#socket.destroySoon()
    else this.#socket.end()
  }

  #readOn(): void {
    if (this.#socket.isPaused() && !this.#splitter.overflown) this.#socket.resume()
  }

  /** Until the client has taken its answers, or is gone. */
  async #taken(): Promise<void> {
    this.#sinceMs = this.#desk.clock.nowMs()
    const signal = this.#gone.signal
    await once(this.#socket, 'drain', { signal }).catch(() => undefined) // gone
  }

  #refuseRest(): void {
    const { code, message } = new LineRefusal('line_too_long')
    this.#hasEnded = true
    this.#answers += errLine(code, message)
    this.#flush()
    this.#socket.resume() // what is still sent is read away, or our answer would be lost
  }
}
