#!/usr/bin/env node
// `mog-agent` runs the agent of this host, configured by the environment; `mog-agent init` enrolls
// it before. Events are JSON lines on stdout; `agent.listening` says that it is ready.
import { parseArgs } from 'node:util'
import { jsonEvents } from '#shared/events.ts'
import { DeviceId } from '#shared/ids.ts'
import { MAX_DEVICES_PER_HOST } from '#shared/limits.ts'
import { DEFAULT_ROOT, readConfig } from './config.ts'
import { STOP_MS } from './limits.ts'
import { sizeThreadPool } from './pool-threads.ts'
import { boundYoungHeap } from './young-heap.ts'

const USAGE = `Usage:
  mog-agent                                run the agent, configured by MOG_ variables
  mog-agent init --tracker URL[,URL] --token TOKEN --url URL [--devices N] [--root DIR]
                                           enroll this host and make N new devices (1)
  mog-agent init --device N [--root DIR]   make DIR/devN device N
  mog-agent adopt N... [--root DIR]        take over DIR/devN of MogileFS, with its files
  mog-agent inventory [--root DIR]         what the disks hold, for \`mog rebuild load\`
`

/** A mistake of the person at the keyboard: said without a stack, and followed by the usage. */
class UsageError extends Error {}

const isParseError = (error: unknown) =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

const { env } = process
const [command, ...rest] = process.argv.slice(2)
try {
  if (command === undefined) await run()
  else if (command === 'init') await init(rest)
  else if (command === 'adopt') await adopt(rest)
  else if (command === 'inventory') await inventory(rest)
  else throw new UsageError(`there is no command ${command}`)
} catch (error) {
  const usage = error instanceof UsageError || isParseError(error) ? `\n${USAGE}` : ''
  process.stderr.write(`mog-agent: ${String(error instanceof Error ? error.message : error)}\n`)
  process.stderr.write(usage)
  process.exitCode = usage === '' ? 1 : 2
}

async function run(): Promise<void> {
  const { logLevel, ...config } = readConfig(env)
  sizeThreadPool(config.root)
  boundYoungHeap()
  const { startAgent } = await import('./agent.ts')
  const agent = await startAgent({ ...config, events: jsonEvents('agent', logLevel) })
  const { url, internalUrl } = agent
  jsonEvents('agent').emit('info', 'agent.listening', { url, internalUrl, pid: process.pid })

  const asked = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, asked.resolve)
  const signal = await asked.promise
  jsonEvents('agent').emit('info', 'agent.stopping', { signal })
  // a disk that hangs would keep its thread, and so the process, for ever
  setTimeout(() => process.exit(1), 2 * STOP_MS).unref()
  await agent[Symbol.asyncDispose]()
}

async function init(args: string[]): Promise<void> {
  const text = { type: 'string' } as const
  const options = { tracker: text, token: text, url: text, devices: text, device: text, root: text }
  const { values } = parseArgs({ args, options })
  const root = values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT
  const events = jsonEvents('agent')
  const { initAgent, initDevice } = await import('./init.ts')
  if (values.device !== undefined) {
    const deviceId = DeviceId.parse(wholeNumber(values.device))
    await initDevice(root, deviceId)
    events.emit('info', 'device.formatted', { root, deviceId })
    return
  }
  const { tracker = env['MOG_TRACKER_URL'], token, url = env['MOG_PUBLIC_URL'] } = values
  if (tracker === undefined || token === undefined || url === undefined)
    throw new UsageError('init needs --tracker, --token and --url, or --device')
  const newDevices = wholeNumber(values.devices ?? '1')
  const trackerUrls = tracker.split(',')
  const enrolled = await initAgent({ root, trackerUrls, token, publicUrl: url, newDevices })
  const { hostId, host, deviceIds } = enrolled
  events.emit('info', 'agent.enrolled', { root, hostId, host, deviceIds })
}

async function adopt(args: string[]): Promise<void> {
  const options = { root: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (positionals.length === 0) throw new UsageError('adopt needs the numbers of devices')
  const deviceIds = positionals.map((text) => DeviceId.parse(wholeNumber(text)))
  const root = values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT
  const own = await import('./init.ts')
  for (const deviceId of deviceIds) {
    await own.adopt(root, deviceId)
    jsonEvents('agent').emit('info', 'device.adopted', { root, deviceId })
  }
}

async function inventory(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { root: { type: 'string' } } })
  const { tellInventory } = await import('./inventory.ts')
  const told = await tellInventory(values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT, process.stdout)
  for (const { deviceId, files } of told)
    process.stderr.write(`mog-agent: device ${deviceId}: ${files} files\n`)
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`${text} is not a number of devices up to ${MAX_DEVICES_PER_HOST}`)
}
