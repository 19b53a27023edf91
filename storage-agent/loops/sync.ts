// The heartbeat, and all that an agent and a tracker have to say to each other about jobs, devices,
// keys and time. Outcomes that a tracker may not have heard are said again: harmless (I5, I6).
import { performance } from 'node:perf_hooks'
import { backoffMs } from '#shared/client/backoff.ts'
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import { Problem } from '#shared/problems.ts'
import { PROTOCOL_VERSION, type SyncRequest, type SyncResponse } from '#shared/wire/agents.ts'
import type { Devices } from '../disk/devices.ts'
import { type Enrollment, writeEnrollment } from '../enrollment.ts'
import type { KeyRing } from '../keys.ts'
import { FULL_PAUSE_MS, GOODBYE_MS, REPORTS_THAT_WAKE, SYNC_MIN_GAP_MS } from '../limits.ts'
import type { JobMeter } from '../metrics/job-meter.ts'
import { defaultPace } from '../pace.ts'
import { type Tracker, TrackersSilent } from '../tracker.ts'
import type { TrackerTime } from '../tracker-time.ts'
import { VERSION } from '../version.ts'
import type { Bell } from './bell.ts'
import type { Catalogue } from './catalogue.ts'
import type { Looks } from './looks.ts'
import type { Sweep } from './sweep.ts'
import type { Work } from './work.ts'

export interface SyncDeps {
  root: string
  url: string
  enrollment: Enrollment
  tracker: Tracker
  trackerTime: TrackerTime
  keys: KeyRing
  devices: Devices
  work: Work
  sweep: Sweep
  looks: Looks
  catalogue: Catalogue
  /** Rung when there is enough to report not to wait for the pace that the tracker set. */
  bell: Bell
  meter: JobMeter
  clock: Clock
  events: Events
}

/** Until the signal aborts. */
export async function syncLoop(deps: SyncDeps, signal: AbortSignal): Promise<void> {
  const { clock, bell, events } = deps
  let failures = 0
  let started = true // until a tracker has heard it: leases of an earlier life are free at once
  const isStopping = () => signal.aborted
  while (!isStopping()) {
    try {
      const restMs = await sync(deps, started, signal)
      started = false
      if (failures > 0) events.emit('info', 'sync.recovered', { failures })
      failures = 0
      await clock.sleep(Math.min(SYNC_MIN_GAP_MS, restMs), signal)
      await bell.pause(restMs, clock, signal)
    } catch (error) {
      if (isStopping()) return
      failures++
      const isExpected = error instanceof Problem || error instanceof TrackersSilent
      const facts = isExpected ? { error: error.message } : errorFacts(error)
      events.emit(isExpected ? 'warn' : 'error', 'sync.failed', { failures, ...facts })
      await clock.sleep(backoffMs(failures), signal)
    }
  }
}

/** What is known so far, said before the agent stops: nobody has to wait for its leases to end. */
export async function sayGoodbye(deps: SyncDeps): Promise<void> {
  try {
    await ask(deps, { want: 0, started: false }, AbortSignal.timeout(GOODBYE_MS))
  } catch (error) {
    // the trackers will notice our silence, and the leases run out
    deps.events.emit('warn', 'sync.failed', { reason: 'stopping', ...errorFacts(error) })
  }
}

/** One exchange. Returns how long the next one may wait. */
async function sync(deps: SyncDeps, started: boolean, signal: AbortSignal): Promise<number> {
  const { devices, keys, work, sweep, looks, catalogue } = deps
  const answer = await ask(deps, { want: work.want, started }, signal)
  if (answer.keys !== undefined) {
    await writeEnrollment(deps.root, { ...deps.enrollment, keys: answer.keys })
    keys.replace(answer.keys)
  }
  await devices.follow(answer.devices)
  devices.keepPace(answer.pace ?? defaultPace)
  work.keepPace()
  work.take(answer.jobs)
  sweep.follow(answer)
  looks.follow(answer)
  catalogue.follow(answer)
  return restMsAfter(answer, work)
}

/** With little room for more jobs there is little to ask for: the bell says when there is. */
function restMsAfter({ pollAfterMs, leaseMs }: SyncResponse, work: Work): number {
  if (!work.isHolding) return pollAfterMs
  const fullMs = work.want < REPORTS_THAT_WAKE ? FULL_PAUSE_MS : 0
  return Math.min(Math.max(pollAfterMs, fullMs), leaseMs / 3)
}

async function ask(
  deps: SyncDeps,
  wish: Pick<SyncRequest, 'want' | 'started'>,
  signal: AbortSignal,
): Promise<SyncResponse> {
  const { url, clock, devices, keys, meter, tracker, trackerTime, work, events } = deps
  const gauges = await devices.gauges()
  const reports = work.reports()
  const sentAtMs = clock.nowMs()
  const startedMs = performance.now()
  const answer = await tracker.sync(
    {
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      url,
      ...keys.known(),
      devices: gauges,
      ...reports.wire,
      ...wish,
    },
    signal,
  )
  meter.synced(performance.now() - startedMs)
  work.acknowledge(reports)
  trackerTime.set(answer.nowMs, sentAtMs)
  const { done, failed, renew } = reports.wire
  const said = { done: done.length, failed: failed.length, renewed: renew.length }
  events.emit('debug', 'agent.synced', { ...said, jobs: answer.jobs.length })
  return answer
}
