// The readers of a primary: started, told what is true, started again when they die, and stopped.
// What they pass on comes in through sockets of this host (relay.ts).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Server } from 'node:net'
import type { Events } from '#shared/events.ts'
import type { Sockets } from '../http/doors.ts'
import { InheritedSocket } from '../http/inherited-socket.ts'
import { MAX_REPORTED_ANSWERS, READER_EVERY_MS, READER_RESTART_MS, STOP_MS } from '../limits.ts'
import { ourArguments } from '../our-arguments.ts'
import type { FromReader, ReaderStart, ReaderState, ToReader } from './messages.ts'

export interface ReadersDeps {
  count: number
  start: Omit<ReaderStart, 'state'>
  /** Of a predecessor: what each reader gets at its first start. */
  inherited: (reader: number) => Sockets<InheritedSocket>
  /** Of this process: connections that come for nobody else are passed to it. */
  ours: Sockets<Server>
  /** Whether our own are those of all readers. */
  shares: Record<Address, boolean>
  state: () => ReaderState
  onReport: (report: Extract<FromReader, { kind: 'report' }>) => void
  events: Events
}

type Address = keyof Sockets<unknown>

const addresses = ['listen', 'internalListen'] as const

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
    await Promise.all(
      Array.from({ length: deps.count }, (_, reader) =>
        readers.#start(reader, deps.inherited(reader)),
      ),
    )
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

  /** Their sockets, but for those that are ours as well. What connects meanwhile comes to us. */
  async gather(): Promise<Sockets<Server>> {
    const { shares, ours } = this.#deps
    const found: Sockets<Server> = { listen: [], internalListen: [] }
    const take = (message: FromReader, server: unknown) => {
      if (message.kind !== 'socket' || !(server instanceof Server)) return
      const socket = new InheritedSocket(server)
      if (shares[message.of]) return letGo(socket, ours[message.of][0])
      socket.pass(ours[message.of][0])
      found[message.of].push(server)
    }
    await Promise.all(Array.from(this.#children, (child) => share(child, take)))
    return found
  }

  /** Resolves when they have ended, each after its last connection. */
  async leave(): Promise<void> {
    this.#isStopping = true
    for (const child of this.#children) send(child, { kind: 'leave' })
    await Promise.all(Array.from(this.#children, ended))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await Promise.all(Array.from(this.#children, gone))
  }

  /** Resolves when it listens, or has ended: then it is started again. */
  async #start(reader: number, inherited?: Sockets<InheritedSocket>): Promise<void> {
    const { start, state, onReport, events, ours, shares } = this.#deps
    const child = spawn(process.execPath, ourArguments('reader'), {
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
      setTimeout(() => this.#isStopping || void this.#start(reader), READER_RESTART_MS)
    })
    for (const of of addresses) {
      const sockets = shares[of]
        ? ours[of].slice(0, 1)
        : (inherited?.[of] ?? []).map(({ server }) => server)
      for (const server of sockets) send(child, { kind: 'socket', of }, server)
    }
    send(child, { kind: 'start', start: { ...start, state: state() } })
    await ready.promise
    for (const of of addresses)
      if (!shares[of]) for (const socket of inherited?.[of] ?? []) letGo(socket, ours[of][0])
  }

  #tell(): void {
    const state = this.#deps.state()
    const text = JSON.stringify(state)
    if (text === this.#told) return
    this.#told = text
    for (const child of this.#children) send(child, { kind: 'state', state })
  }
}

const send = (child: ChildProcess, message: ToReader, socket?: Server): void => {
  if (child.connected) child.send(message, socket, () => undefined) // its end is told by `exit`
}

/** Another process listens there; what came to us by then is ours to answer. */
function letGo(socket: InheritedSocket, to: Server | undefined): void {
  socket.server.close()
  socket.pass(to)
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

async function share(
  child: ChildProcess,
  take: (message: FromReader, socket: unknown) => void,
): Promise<void> {
  if (hasEnded(child)) return
  const shared = Promise.withResolvers<unknown>()
  const listen = (message: FromReader, socket: unknown) => {
    take(message, socket)
    if (message.kind === 'shared') shared.resolve(undefined)
  }
  child.on('message', listen)
  child.once('exit', shared.resolve)
  send(child, { kind: 'share' })
  await shared.promise
  child.off('message', listen)
}

async function ended(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit')
}

async function gone(child: ChildProcess): Promise<void> {
  const exited = ended(child)
  const patience = setTimeout(() => child.kill('SIGKILL'), 2 * STOP_MS)
  await exited
  clearTimeout(patience)
}

/** Of a report: verb, status, milliseconds, for each answer. */
export function* answersIn(numbers: Float64Array): Generator<[string, number, number]> {
  for (let at = 0; at + 2 < Math.min(numbers.length, 3 * MAX_REPORTED_ANSWERS); at += 3)
    yield [numbers[at] === 1 ? 'HEAD' : 'GET', numbers[at + 1] ?? 0, numbers[at + 2] ?? 0]
}
