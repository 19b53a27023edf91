// A tracker of the local cluster in a process of its own: the deployable Worker in workerd, with
// the real Neon driver against the stand-in, or the same app on Node.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Exit, startChild } from './child.ts'
import { type NeonStandIn, startNeonStandIn } from './neon-stand-in.ts'
import { HERE, type Place } from './place.ts'
import { bundleWorker, startWorkerd } from './workerd.ts'

export type TrackerKind = 'worker' | 'node'

export interface TrackerProcess extends AsyncDisposable {
  url: string
  pid: number
  exited: Promise<Exit>
  /** Round trips to the database so far, where they can be counted: through the stand-in. */
  neon?: NeonStandIn
}

export interface TrackerAsk {
  kind: TrackerKind
  databaseUrl: string
  trackerSecret: string
  /** 0 for a free one. */
  port: number
  /** MogileFS's line protocol beside HTTP, on Node. */
  gateway?: { key: string; port: number } | undefined
  /** On Node. */
  place?: Place | undefined
  /** For the bundle and the logs. */
  dir: string
}

const Listening = z.object({ url: z.string() })
const READY_TIMEOUT_MS = 60_000 // also on a machine that is busy

export const startTracker = (ask: TrackerAsk): Promise<TrackerProcess> =>
  ask.kind === 'worker' ? startWorker(ask) : startOnNode(ask)

async function startWorker(ask: TrackerAsk): Promise<TrackerProcess> {
  const bundleDir = join(ask.dir, 'worker')
  await mkdir(bundleDir, { recursive: true })
  const entry = await bundleWorker(bundleDir)
  const bindings = { DATABASE_URL: ask.databaseUrl, TRACKER_SECRET: ask.trackerSecret }
  const neon = isNeon(ask.databaseUrl) ? undefined : await startNeonStandIn(ask)
  const worker = await startWorkerd({
    bundleDir,
    entry,
    bindings: { ...bindings, ...(neon !== undefined && { NEON_FETCH_ENDPOINT: neon.url }) },
    port: ask.port,
    log: join(ask.dir, 'tracker.log'),
  })
  return {
    url: worker.url,
    pid: worker.pid,
    exited: worker.exited,
    ...(neon !== undefined && { neon }),
    async [Symbol.asyncDispose]() {
      await worker.stop()
      await neon?.[Symbol.asyncDispose]()
    },
  }
}

const isNeon = (databaseUrl: string) => new URL(databaseUrl).hostname.endsWith('.neon.tech')

async function startOnNode(ask: TrackerAsk): Promise<TrackerProcess> {
  const { address, enter } = ask.place ?? HERE
  const tracker = await startChild({
    name: 'the tracker',
    command: process.execPath,
    args: [join(import.meta.dirname, '../serve/main.ts')],
    env: {
      ...process.env,
      DATABASE_URL: ask.databaseUrl,
      TRACKER_SECRET: ask.trackerSecret,
      TRACKER_HOST: address,
      TRACKER_PORT: String(ask.port),
      ...(ask.gateway !== undefined && {
        GATEWAY_KEY: ask.gateway.key,
        GATEWAY_PORT: String(ask.gateway.port),
      }),
    },
    enter,
    logFile: join(ask.dir, 'tracker.log'),
    ready: (line) => urlOfEvent(line, 'tracker.listening'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
  const dispose = async () => void (await tracker.stop())
  const { ready: url, pid, exited } = tracker
  return { url, pid, exited, [Symbol.asyncDispose]: dispose }
}

/** The url of the JSON event that says that a server listens. */
export function urlOfEvent(line: string, event: string): string | undefined {
  if (!line.includes(`"${event}"`)) return undefined
  return Listening.parse(JSON.parse(line)).url
}
