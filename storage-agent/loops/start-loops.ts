// All that an agent does without being asked: started together, stopped together.
import type { Clock } from '#shared/clock.ts'
import type { Events } from '#shared/events.ts'
import type { Base } from '../base.ts'
import type { JobMeter } from '../metrics/job-meter.ts'
import { Bell } from './bell.ts'
import { Catalogue } from './catalogue.ts'
import { expiryLoop } from './expire-partials.ts'
import { Looks } from './looks.ts'
import { Sweep } from './sweep.ts'
import { sayGoodbye, syncLoop } from './sync.ts'
import { Work } from './work.ts'

interface LoopDeps extends Base {
  root: string
  url: string
  jobs: JobMeter
  clock: Clock
  events: Events
}

export interface Loops extends AsyncDisposable {
  work: Work
}

/** Disposed, it tells the trackers what became of it. */
export function startLoops({ jobs: meter, nodes: source, ...ours }: LoopDeps): Loops {
  const { devices, tracker, clock, events } = ours
  const stopping = new AbortController()
  const { signal } = stopping
  const bell = new Bell()
  const jobDeps = { devices, nodes: source, clock, events, signal }
  const work = new Work({ ...jobDeps, meter }, () => bell.ring())
  const sweep = new Sweep({ devices, tracker, clock, events, signal })
  const looks = new Looks({ devices, work, tracker, clock, events, signal })
  const catalogue = new Catalogue({ devices, tracker, clock, events, signal })
  const syncDeps = { ...ours, work, sweep, looks, catalogue, bell, meter }
  const looping = syncLoop(syncDeps, signal)
  const trackerNowMs = () => ours.trackerTime.nowMs()
  const expiring = expiryLoop({ devices, clock, events, trackerNowMs }, signal)
  return {
    work,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all([
        looping,
        expiring,
        sweep.finished(),
        looks.finished(),
        catalogue.finished(),
      ])
      await sayGoodbye(syncDeps)
    },
  }
}
