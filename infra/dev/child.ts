/**
 * The one place that starts long-lived processes: the database, workerd, trackers and agents.
 * A child is handed out when it says that it is ready; if it never does, the error carries its last
 * lines. Whatever becomes of us, it does not outlive us (setpriv.ts).
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createWriteStream, statSync, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Account, launchWith } from './setpriv.ts'

export interface ChildOptions<T> {
  /** As an operator would call it: opens every error message. */
  name: string
  command: string
  args: readonly string[]
  /** The whole environment of the child; ours when left out. */
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Gets every line of stdout and stderr, appended; begun anew by a start that finds it big. */
  logFile?: string
  /** What goes before all else, to have it run in another place: `Place.enter`. */
  enter?: readonly string[]
  /** As root: the account that the child runs under. */
  runAs?: Account
  /** What `stop` sends. Default SIGTERM. */
  stopSignal?: NodeJS.Signals
  /** What the child gets when we die. Default SIGKILL. */
  deathSignal?: NodeJS.Signals
  /** How long `stop` waits before SIGKILL. */
  stopTimeoutMs?: number
  /** Asked about each line of stdout and stderr, until it finds what readiness means; may throw. */
  ready: (line: string) => T | undefined
  readyTimeoutMs: number
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child<T> extends AsyncDisposable {
  pid: number
  ready: T
  signal(signal: NodeJS.Signals): void
  /** Sends the stop signal, waits, and kills what does not go. Safe to call twice. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
  /** When the process, and all that inherited its output (a database's backends), are gone. */
  exited: Promise<Exit>
  /** The last lines that it wrote. */
  tail(): string
}

/** A child that did not become ready. `tail` is what it last said. */
export class ChildFailed extends Error {
  override name = 'ChildFailed'
  readonly tail: string

  constructor(what: string, tail: string, logFile: string | undefined) {
    const more = logFile === undefined ? '' : `\n(all of it: ${logFile})`
    super(tail === '' ? what : `${what}. Its last lines:\n${tail}${more}`)
    this.tail = tail
  }
}

const STOP_TIMEOUT_MS = 10_000
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
const TAIL_LINES = 30
const TAIL_LINE_CHARS = 1_000

/** Starts a process and waits until it is ready. Throws `ChildFailed`, and then nothing runs. */
export async function startChild<T>(options: ChildOptions<T>): Promise<Child<T>> {
  const child = spawnChild(options)
  const output = readOutput(child, options.logFile)
  const exited = untilGone(child)

  const stop = async (signal = options.stopSignal ?? 'SIGTERM') => {
    const patienceMs = options.stopTimeoutMs ?? STOP_TIMEOUT_MS
    const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    child.kill(signal)
    return exited.finally(() => clearTimeout(patience))
  }

  try {
    const ready = await untilReady(options, output, exited)
    return {
      pid: child.pid ?? 0,
      ready,
      signal: (signal) => void child.kill(signal),
      stop,
      exited,
      tail: output.tail,
      [Symbol.asyncDispose]: async () => void (await stop()),
    }
  } catch (failure) {
    await stop('SIGKILL')
    throw failure
  }
}

type Process = ChildProcessByStdio<null, Readable, Readable>
interface Output {
  onLine(listener: (line: string) => void): void
  tail: () => string
}

function spawnChild<T>(options: ChildOptions<T>): Process {
  const { deathSignal = 'SIGKILL', runAs, enter = [] } = options
  const launch = launchWith(runAs === undefined ? { deathSignal } : { deathSignal, runAs })
  const whole = [...enter, ...launch.prefix, options.command, ...options.args]
  const [command = options.command, ...args] = whole
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C reaches us alone, and we stop our children in the right order.
    detached: launch.diesWithParent,
  })
  if (!launch.diesWithParent) killAtOurExit(child, deathSignal)
  return child
}

/** Reads both streams by lines, into the log file, the tail and whoever listens. */
function readOutput(child: Process, logFile: string | undefined): Output {
  const log = logFile === undefined ? undefined : openLog(logFile)
  const last: string[] = []
  const listeners: ((line: string) => void)[] = []

  const take = (line: string) => {
    log?.write(`${line}\n`)
    last.push(line.slice(0, TAIL_LINE_CHARS))
    if (last.length > TAIL_LINES) last.shift()
    for (const listener of listeners) listener(line)
  }
  createInterface({ input: child.stdout }).on('line', take)
  createInterface({ input: child.stderr }).on('line', take)
  child.on('error', (failure) => take(failure.message)) // no such program, or no right to run it
  child.once('close', () => log?.end())
  return { onLine: (listener) => listeners.push(listener), tail: () => last.join('\n') }
}

function openLog(logFile: string): WriteStream {
  const bytes = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const flags = bytes < LOG_LIMIT_BYTES ? 'a' : 'w'
  const log = createWriteStream(logFile, { flags, mode: 0o600 })
  // A full disk costs the log, not the process that wrote it.
  return log.on('error', (failure) => process.emitWarning(`${logFile}: ${failure.message}`))
}

/** `close` and not `exit`: by then all output was read, and no process that shared it is left. */
function untilGone(child: Process): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
    child.once('error', () => child.pid ?? resolve({ code: null, signal: null }))
  })
}

async function untilReady<T>(
  { name, logFile, ready, readyTimeoutMs }: ChildOptions<T>,
  output: Output,
  exited: Promise<Exit>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const fail = (what: string) => reject(new ChildFailed(`${name} ${what}`, output.tail(), logFile))

  let waiting = true
  output.onLine((line) => {
    if (!waiting) return
    try {
      const found = ready(line)
      if (found !== undefined) resolve(found)
    } catch (failure) {
      reject(failure)
    }
  })
  const failAtExit = async () => fail(`${describeExit(await exited)} before it was ready`)
  void failAtExit()
  const patience = setTimeout(() => fail(`was not ready in ${readyTimeoutMs} ms`), readyTimeoutMs)
  return promise.finally(() => {
    waiting = false
    clearTimeout(patience)
  })
}

function describeExit({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}`
  return code === null ? 'could not be started' : `exited with code ${code}`
}

// Without setpriv: enough for every end of ours but SIGKILL.
const toKillAtExit = new Map<Process, NodeJS.Signals>()
process.once('exit', () => {
  for (const [child, signal] of toKillAtExit) child.kill(signal)
})

function killAtOurExit(child: Process, signal: NodeJS.Signals): void {
  toKillAtExit.set(child, signal)
  child.once('close', () => toKillAtExit.delete(child))
}
