// All that an agent tells of itself in numbers: collected when somebody asks, from what each part
// has counted meanwhile.
import type { Clock } from '#shared/clock.ts'
import type { HostId } from '#shared/ids.ts'
import type { CountedEvents } from '#shared/metrics/counted-events.ts'
import { exposition, type Family } from '#shared/metrics/exposition.ts'
import type { Devices } from '../disk/devices.ts'
import { VERSION } from '../version.ts'
import { deviceFamilies } from './device-families.ts'
import { diskFamilies } from './disk-families.ts'
import type { JobMeter } from './job-meter.ts'
import type { ProcessMeter } from './process-families.ts'
import type { RequestMeter } from './request-meter.ts'

export interface Observed {
  hostId: HostId
  devices: Devices
  clock: Clock
  events: CountedEvents
  requests: RequestMeter
  jobs: JobMeter
  process: ProcessMeter
  /** Jobs that are leased to this agent now. */
  jobsHeld: () => number
}

export async function agentMetrics(of: Observed): Promise<string> {
  await of.devices.gauges()
  const devices = of.devices.all()
  const info: Family = {
    name: 'mog_agent_info',
    help: 'Which agent this is: always 1.',
    type: 'gauge',
    samples: [{ labels: { host_id: of.hostId, version: VERSION }, value: 1 }],
  }
  return exposition([
    info,
    ...of.requests.families(),
    ...of.jobs.families(of.jobsHeld()),
    of.events.family('mog_agent_events_total'),
    ...deviceFamilies(devices),
    ...diskFamilies(devices, of.clock.nowMs()),
    ...(await of.process.families()),
  ])
}
