// A bounded mixed load on a whole cluster, with nodes that are killed, stopped and started again
// all the while; in the end everything that was acknowledged is read, and every byte accounted for.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { ChildFailed } from '#infra/dev/child.ts'
import type { Cluster } from '#infra/dev/cluster.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { untilPasses } from '#test/support/until-true.ts'
import { seededRandom } from '../placement/device.ts'
import { measureTables, type Sample, sampleProcesses, type Watched, waitingIn } from './samples.ts'
import { newTally, SoakWorker, type Tally } from './worker.ts'

export interface SoakOptions {
  seconds: number
  clients: number
  /** How long there is peace between two blows. */
  everyS: number
  seed: number
  /** Looked at beside the tracker and the agents. */
  watched?: readonly Watched[]
  onSample?: (sample: Sample, tally: Tally) => void
}

export interface Soaked {
  tally: Tally
  samples: Sample[]
  kills: number
  stops: number
  seconds: number
}

const SAMPLE_MS = 5_000
const STOPPED_MS = 3_000
const START_ATTEMPTS = 3

export async function soak(cluster: Cluster, options: SoakOptions): Promise<Soaked> {
  const random = seededRandom(options.seed)
  const tally = newTally()
  const files = cluster.client.domain(cluster.description.domain)
  const workers = Array.from(
    { length: options.clients },
    (_, n) => new SoakWorker(files, `soak/${n}`, seededRandom(options.seed + n + 1), tally),
  )
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1_000
  const over = new AbortController()
  const samples: Sample[] = []
  const blows = { kills: 0, stops: 0 }
  const sampling = every(SAMPLE_MS, over.signal, async () => {
    const sample = await take(cluster, seconds(), options.watched)
    samples.push(sample)
    options.onSample?.(sample, tally)
  })
  const striking = every(options.everyS * 1_000, over.signal, () => strike(cluster, random, blows))
  const working = workers.map((worker) => worker.workUntil(over.signal))

  await Promise.race([pause(options.seconds * 1_000), ...working, striking, sampling])
  over.abort()
  await Promise.all([...working, striking, sampling])
  const ran = seconds()
  const atRest = async () => {
    await untilDisksMatch(cluster)
    const now = await take(cluster, seconds(), options.watched)
    assert.deepEqual(waitingIn(now), [], 'tables that are not empty')
  }
  await untilPasses(atRest, SETTLE_MS).catch((error: unknown) => {
    if (!(error instanceof assert.AssertionError)) throw error
    tally.unsettled.push(error.message)
  })
  for (const worker of workers) await worker.check()
  samples.push(await take(cluster, seconds(), options.watched))
  return { tally, samples, ...blows, seconds: ran }
}

/** Uploads that failed expire first, and then the disks are compared. */
const SETTLE_MS = 180_000

async function take(
  { agents, tracker, description }: Cluster,
  atS: number,
  watched: readonly Watched[] = [],
): Promise<Sample> {
  const running = agents.map(({ host, pid }) => ({ name: `agent ${host}`, pid }))
  const all = [{ name: 'tracker', pid: tracker.pid }, ...running, ...watched]
  return {
    atS: Math.round(atS),
    processes: await sampleProcesses(all),
    ...(await measureTables(description.databaseUrl)),
  }
}

/**
 * By turns one agent dies and comes back on its disks, and one stands still for a while. The first
 * is never killed: whether it grows shows after minutes only.
 */
async function strike(
  cluster: Cluster,
  random: () => number,
  blows: { kills: number; stops: number },
): Promise<void> {
  const isKill = blows.kills <= blows.stops
  const victims = cluster.agents.slice(isKill ? 1 : 0)
  const victim = victims[Math.floor(random() * victims.length)]
  if (victim === undefined) return
  if (isKill) {
    blows.kills++
    victim.signal('SIGKILL')
    await victim.exited
    await restarted(cluster, victim.host)
    return
  }
  blows.stops++
  victim.signal('SIGSTOP')
  await pause(STOPPED_MS)
  victim.signal('SIGCONT')
}

/** On a machine that is short of everything a start may take longer than a cluster waits for it. */
async function restarted(cluster: Cluster, host: string, attempts = START_ATTEMPTS): Promise<void> {
  try {
    await cluster.restartAgent(host)
  } catch (error) {
    if (!(error instanceof ChildFailed) || attempts === 1) throw error
    await restarted(cluster, host, attempts - 1)
  }
}

async function every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  const rest = () =>
    pause(ms, undefined, { signal }).then(
      () => true,
      () => false, // the end came first
    )
  while (await rest()) await act()
}
