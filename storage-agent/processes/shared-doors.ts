// Where the agent listens, by one process or by several. Of several, the kernel gives each new
// connection to one of them (SO_REUSEPORT); this one, the primary, owns the devices and writes.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Clock } from '#shared/clock.ts'
import { encodeBase64Url } from '#shared/mac.ts'
import { type DoorOptions, type Doors, openDoors } from '../http/doors.ts'
import type { HttpDeps } from '../http/exchange.ts'
import type { ReaderState } from './messages.ts'
import { answersIn, Readers } from './readers.ts'
import { takeRelayed } from './relay.ts'

interface SharedOptions extends DoorOptions {
  root: string
  trackerUrls: readonly string[]
  processes?: number
}

/** The doors of this process, and those of its readers. */
export async function openSharedDoors(
  options: SharedOptions,
  deps: HttpDeps,
  clock: Clock,
): Promise<Doors> {
  const { processes = 1, root, trackerUrls } = options
  if (processes === 1) return openDoors(options, deps, clock)
  await using opening = new AsyncDisposableStack()
  const relayed = opening.use(await takeRelayed(root, deps))
  await requireFree([options.listen, options.internalListen].filter((at) => at !== undefined))
  const doors = opening.use(await openDoors({ ...options, reusePort: true }, deps, clock))
  const { hostId, origins, accelPrefix, credential, devices } = deps
  const { certificate, publicUrl } = options
  const own = { hostId, origins, accelPrefix, credential, root, trackerUrls, reusePort: true }
  const readers = await Readers.start({
    count: processes - 1,
    start: {
      ...own,
      ...doors.at,
      ...(certificate && { certificate }),
      ...(publicUrl !== undefined && { publicUrl }),
    },
    state: () => stateOf(deps, clock),
    onReport({ wanted, answers }) {
      for (const deviceId of wanted) {
        const device = devices.find(deviceId)
        if (device !== undefined) device.clientAtMs = performance.now()
      }
      for (const [verb, status, ms] of answersIn(answers)) deps.meter.answered(verb, status, ms)
    },
    events: deps.events,
  })
  opening.move()
  return {
    ...doors,
    async [Symbol.asyncDispose]() {
      await readers.close() // what they have by now, the relay takes
      const parts: AsyncDisposable[] = [doors, relayed, readers]
      await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()))
    },
  }
}

/** What a reader is to know. */
const stateOf = ({ devices, keys, trackerNowMs }: HttpDeps, clock: Clock): ReaderState => ({
  devices: devices.all().map(({ deviceId, state, gauge }) => ({ deviceId, state, gauge })),
  keys: keys.all().map(({ version, key }) => ({ version, key: encodeBase64Url(key) })),
  offsetMs: Math.round(trackerNowMs() - clock.nowMs()),
})

/** Who shares a port does not notice that somebody else has it: we look before. */
async function requireFree(addresses: readonly { host: string; port: number }[]): Promise<void> {
  for (const at of addresses) {
    const probe = createServer()
    probe.listen(at)
    await once(probe, 'listening')
    probe.close()
    await once(probe, 'close')
  }
}
