// The readers of a primary: started, told what is true, started again when they die, and stopped.
// What they pass on comes in through sockets of this host (relay.ts).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'
import type { Events } from '#shared/events.ts'
import { MAX_REPORTED_ANSWERS, READER_EVERY_MS, READER_RESTART_MS, STOP_MS } from '../limits.ts'
import type { FromReader, ReaderStart, ReaderState, ToReader } from './messages.ts'

export interface ReadersDeps {
  count: number
  start: Omit<ReaderStart, 'state'>
  state: () => ReaderState
  onReport: (report: Extract<FromReader, { kind: 'report' }>) => void
  events: Events
}

/** The single executable is its own script. */
const script = () => (isSea() ? [] : [fileURLToPath(import.meta.resolve('../main.ts'))])

export class Readers implements AsyncDisposable {
  readonly #deps: ReadersDeps
  readonly #children = new Set<ChildProcess>()
  readonly #telling: NodeJS.Timeout
  #told = ''
  #isStopping = false

  private constructor(deps: ReadersDeps) {
    this.#deps = deps
    this.#telling = setInterval(() => this.#tell(), READER_EVERY_MS)
  }

  /** Resolves when all of them listen. */
  static async start(deps: ReadersDeps): Promise<Readers> {
    const readers = new Readers(deps)
    await Promise.all(Array.from({ length: deps.count }, () => readers.#start()))
    return readers
  }

  get pids(): number[] {
    return Array.from(this.#children, ({ pid }) => pid ?? 0)
  }

  /** Resolves when none of them takes connections any more; they end when theirs have ended. */
  async close(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#telling)
    await Promise.all(Array.from(this.#children, close))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await Promise.all(Array.from(this.#children, gone))
  }

  /** Resolves when it listens, or has ended: then it is started again. */
  async #start(): Promise<void> {
    const { start, state, onReport, events } = this.#deps
    const child = spawn(process.execPath, [...script(), 'reader'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    this.#children.add(child)
    const ready = Promise.withResolvers<unknown>()
    child.on('message', (message: FromReader) => {
      if (message.kind === 'listening') ready.resolve(undefined)
      else if (message.kind === 'report') onReport(message)
    })
    child.once('error', ready.resolve)
    child.once('exit', (code, signal) => {
      ready.resolve(undefined)
      this.#children.delete(child)
      if (this.#isStopping) return
      events.emit('error', 'reader.ended', { pid: child.pid, code, signal })
      setTimeout(() => this.#isStopping || void this.#start(), READER_RESTART_MS)
    })
    send(child, { kind: 'start', start: { ...start, state: state() } })
    await ready.promise
  }

  #tell(): void {
    const state = this.#deps.state()
    const text = JSON.stringify(state)
    if (text === this.#told) return
    this.#told = text
    for (const child of this.#children) send(child, { kind: 'state', state })
  }
}

const send = (child: ChildProcess, message: ToReader): void => {
  if (child.connected) child.send(message, () => undefined) // its end is told by `exit`
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null

async function close(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const closing = Promise.withResolvers<unknown>()
  child.on('message', ({ kind }: FromReader) => {
    if (kind === 'closing') closing.resolve(undefined)
  })
  child.once('exit', closing.resolve)
  send(child, { kind: 'stop' })
  await closing.promise
}

async function gone(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  const patience = setTimeout(() => child.kill('SIGKILL'), 2 * STOP_MS)
  await exited
  clearTimeout(patience)
}

/** Of a report: verb, status, milliseconds, for each answer. */
export function* answersIn(numbers: Float64Array): Generator<[string, number, number]> {
  for (let at = 0; at + 2 < Math.min(numbers.length, 3 * MAX_REPORTED_ANSWERS); at += 3)
    yield [numbers[at] === 1 ? 'HEAD' : 'GET', numbers[at + 1] ?? 0, numbers[at + 2] ?? 0]
}
