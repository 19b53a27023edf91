// A storage agent of the local cluster in a process of its own, as on a disk host: enrolled and
// formatted by `mog-agent init` the first time, and only run after that.
import { execFile } from 'node:child_process'
import { access, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Exit, startChild } from './child.ts'
import type { Place } from './place.ts'
import { urlOfEvent } from './tracker-process.ts'

export interface AgentProcess extends AsyncDisposable {
  host: string
  url: string
  pid: number
  root: string
  devices: { deviceId: number; path: string }[]
  signal(signal: NodeJS.Signals): void
  exited: Promise<Exit>
}

export interface AgentAsk {
  host: string
  root: string
  trackerUrls: readonly string[]
  place: Place
  port: number
  devices: number
  log: string
  /** How many share its devices. */
  processes: number
  /** Asks the tracker for a place in the cluster: called the first time only. */
  enrollmentToken: () => Promise<string>
}

const READY_TIMEOUT_MS = 60_000 // also on a machine that is busy
const program = join(import.meta.dirname, '../../storage-agent/main.ts')

export async function startAgentProcess(ask: AgentAsk): Promise<AgentProcess> {
  const { address, enter } = ask.place
  const url = `http://${address}:${ask.port}`
  if (!(await isEnrolled(ask.root))) await enroll(ask, url)

  const child = await startChild({
    name: `agent ${ask.host}`,
    command: process.execPath,
    args: [program],
    env: {
      ...inherited(),
      MOG_ROOT: ask.root,
      MOG_TRACKER_URL: ask.trackerUrls.join(','),
      MOG_LISTEN: `${address}:${ask.port}`,
      MOG_PUBLIC_URL: url,
      MOG_PROCESSES: String(ask.processes),
    },
    enter,
    logFile: ask.log,
    ready: (line) => urlOfEvent(line, 'agent.listening'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
  return {
    host: ask.host,
    url: child.ready,
    pid: child.pid,
    root: ask.root,
    devices: await devicesOf(ask.root),
    signal: (signal) => child.signal(signal),
    exited: child.exited,
    [Symbol.asyncDispose]: async () => void (await child.stop()),
  }
}

const isEnrolled = (root: string) =>
  access(join(root, 'agent.json')).then(
    () => true,
    () => false,
  )

async function enroll(ask: AgentAsk, url: string): Promise<void> {
  await mkdir(ask.root, { recursive: true })
  const token = await ask.enrollmentToken()
  const tracker = ask.trackerUrls[0] ?? ''
  const options = { tracker, token, root: ask.root, devices: String(ask.devices), url }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const whole = [...ask.place.enter, process.execPath, program, 'init', ...flags]
  const [command = '', ...args] = whole
  await promisify(execFile)(command, args, { env: inherited() })
}

/** The agent refuses MOG_ variables that it does not know; the CLI's are among ours. */
const inherited = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MOG_')))

async function devicesOf(root: string) {
  const names = await readdir(root)
  return names
    .map((name) => /^dev(\d+)$/.exec(name)?.[1])
    .filter((id) => id !== undefined)
    .map((id) => ({ deviceId: Number(id), path: join(root, `dev${id}`) }))
    .toSorted((a, b) => a.deviceId - b.deviceId)
}
