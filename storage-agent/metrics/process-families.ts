// What is told of the process and of its host: memory, CPU, pauses of the event loop, and pressure.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Family, gauge, ofEach } from '#shared/metrics/exposition.ts'
import { LOOP_DELAY_RESOLUTION_MS } from '../limits.ts'
import { readPressure } from './pressure.ts'

const QUANTILES = [0.5, 0.99, 1] as const

export interface ProcessMeter extends Disposable {
  families: () => Promise<Family[]>
}

export function processMeter(): ProcessMeter {
  const delay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS })
  delay.enable()
  const startedS = Date.now() / 1_000 - process.uptime()
  return {
    async families() {
      const { user, system } = process.cpuUsage()
      const cpu = [
        { mode: 'user', seconds: user / 1e6 },
        { mode: 'system', seconds: system / 1e6 },
      ]
      const quantiles = QUANTILES.map((quantile) => ({
        quantile,
        seconds: delay.percentile(quantile * 100) / 1e9,
      }))
      delay.reset() // what is told is about the time since it was last asked for
      const counter = ofEach('counter', cpu, ({ mode }) => ({ mode }))
      const quantile = ofEach('gauge', quantiles, (one) => ({ quantile: one.quantile }))
      return [
        gauge('mog_agent_start_time_seconds', 'When the process began, in Unix time.', startedS),
        gauge('mog_agent_resident_bytes', 'Memory of the process.', process.memoryUsage.rss()),
        counter('mog_agent_cpu_seconds_total', 'CPU time of the process.', (one) => one.seconds),
        quantile(
          'mog_agent_event_loop_delay_seconds',
          'How late the event loop was since the last time it was asked.',
          (one) => one.seconds,
        ),
        ...pressureFamilies(await readPressure()),
      ]
    },
    [Symbol.dispose]: () => void delay.disable(),
  }
}

function pressureFamilies(pressures: Awaited<ReturnType<typeof readPressure>>): Family[] {
  const labels = ({ resource, kind }: (typeof pressures)[number]) => ({ resource, kind })
  return [
    ofEach('gauge', pressures, labels)(
      'mog_host_pressure_ratio',
      'Share of the last ten seconds in which work waited for it (PSI).',
      ({ ratio }) => ratio,
    ),
    ofEach('counter', pressures, labels)(
      'mog_host_pressure_seconds_total',
      'Time in which work waited for it (PSI).',
      ({ totalS }) => totalS,
    ),
  ]
}
