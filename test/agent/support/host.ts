// A storage host for a test: an enrolled root on a real disk, its agent on loopback, and a tracker
// that the test scripts. URLs are signed as a tracker signs them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Agent, type AgentOptions, startAgent } from '#agent/agent.ts'
import { initAgent } from '#agent/init.ts'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { decodeBase64Url } from '#shared/mac.ts'
import { signedUrl, type Ticket, type VersionedKey } from '#shared/tickets.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { RecordedEvents } from './recorded-events.ts'
import { ScriptedTracker } from './scripted-tracker.ts'

export interface Host extends AsyncDisposable {
  tracker: ScriptedTracker
  root: string
  events: RecordedEvents
  agent: Agent
  stop: () => Promise<void>
  start: () => Promise<void>
  key: () => VersionedKey
  /** A ticket for device 1, for an hour, unless told otherwise. */
  put: (fid: number, ticket?: Partial<Ticket>) => string
  get: (fid: number, ticket?: Partial<Ticket>) => string
  /** Where the fid lies on the disk. */
  fileOf: (fid: number, deviceId?: number) => string
}

/** What of an agent's options a test may choose. */
type Chosen = Partial<AgentOptions> & { devices?: number }

export async function startHost({ devices = 1, ...own }: Chosen = {}): Promise<Host> {
  await using stack = new AsyncDisposableStack()
  const { path: root } = stack.use(await tempDir())
  const tracker = stack.use(await ScriptedTracker.start())
  const trackerUrls = [tracker.url]
  const publicUrl = 'http://127.0.0.1:1'
  await initAgent({ root, trackerUrls, token: 'enroll_1', publicUrl, newDevices: devices })

  const events = new RecordedEvents()
  const start = () =>
    startAgent({ root, trackerUrls, listen: { host: '127.0.0.1', port: 0 }, events, ...own })
  let agent: Agent | undefined = await start()
  await events.next('agent.synced')
  const stop = async () => {
    await agent?.[Symbol.asyncDispose]()
    agent = undefined
  }
  stack.defer(stop)
  const key = () => {
    const [newest] = tracker.keys
    if (newest === undefined) throw new Error('the tracker has no key')
    return { version: newest.version, key: decodeBase64Url(newest.key) }
  }
  const url = (verb: 'GET' | 'PUT', fid: number, ticket: Partial<Ticket> = {}) => {
    const untilS = Math.floor(Date.now() / 1000) + 3_600
    const full = { verb, deviceId: DeviceId.parse(1), fid: Fid.parse(fid), untilS, ...ticket }
    return signedUrl(running().url, full, key())
  }
  const running = (): Agent => {
    if (agent === undefined) throw new Error('the agent is stopped')
    return agent
  }
  const owned = stack.move()
  return {
    tracker,
    root,
    events,
    get agent() {
      return running()
    },
    stop,
    async start() {
      agent = await start()
    },
    key,
    put: (fid, ticket) => url('PUT', fid, ticket),
    get: (fid, ticket) => url('GET', fid, ticket),
    fileOf: (fid, deviceId = 1) => join(root, fidPath(DeviceId.parse(deviceId), Fid.parse(fid))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The bytes of a file, or undefined where there is none. */
export async function bytesAt(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The code of the problem that an agent answered. */
export async function codeOf(response: Response): Promise<string> {
  const { code } = z.object({ code: z.string() }).parse(await response.json())
  return code
}
