// Where the agent listens, by one process or by several. Of several, the kernel gives each new
// connection to one of them (SO_REUSEPORT); this one, the primary, owns the devices and writes.
import type { Server } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Clock } from '#shared/clock.ts'
import { encodeBase64Url } from '#shared/mac.ts'
import { type DoorOptions, type Doors, openDoors, type Sockets } from '../http/doors.ts'
import type { HttpDeps } from '../http/exchange.ts'
import type { InheritedSocket } from '../http/inherited-socket.ts'
import { requireFree } from '../http/require-free.ts'
import type { ReaderState } from './messages.ts'
import { answersIn, Readers } from './readers.ts'
import { type Relayed, takeRelayed } from './relay.ts'
import { shareOut } from './share-out.ts'

interface SharedOptions extends DoorOptions {
  root: string
  trackerUrls: readonly string[]
  processes?: number
}

export interface SharedDoors extends Omit<Doors, 'sockets'> {
  /** The sockets of all processes, for a successor. */
  gather: () => Promise<Gathered>
}

export interface Gathered extends Sockets<Server> {
  /** To be called when they were sent, or are not needed. */
  letGo: () => void
}

const none = { listen: [], internalListen: [] }

/** The doors of this process, and those of its readers. */
export async function openSharedDoors(
  options: SharedOptions,
  deps: HttpDeps,
  clock: Clock,
): Promise<SharedDoors> {
  const { processes = 1, root, inherited } = options
  await using opening = new AsyncDisposableStack()
  // what another process of ours gets and cannot answer: a reader, or our predecessor
  const isAlone = processes === 1 && inherited === undefined
  const relayed = isAlone ? undefined : opening.use(await takeRelayed(root, deps))
  if (processes > 1) await requireFree(newAddresses(options))
  const own = inherited && shareOf(inherited, 0, processes)
  const sharing = { ...options, inherited: own, reusePort: processes > 1 }
  const doors = opening.use(await openDoors(sharing, deps, clock))
  const readers =
    processes === 1 ? undefined : opening.use(await startReaders(options, doors, deps, clock))
  opening.move()
  return {
    ...doors,
    async gather() {
      const theirs = (await readers?.gather()) ?? none
      const { listen, internalListen } = doors.sockets
      return {
        listen: [...listen, ...theirs.listen],
        internalListen: [...internalListen, ...theirs.internalListen],
        letGo() {
          for (const server of [...theirs.listen, ...theirs.internalListen]) server.close()
        },
      }
    },
    async leave() {
      const readersGone = readers?.leave() ?? Promise.resolve()
      await Promise.all([doors.leave(), readersGone])
      await relayed?.leave()
    },
    [Symbol.asyncDispose]: () => closeAll(doors, relayed, readers),
  }
}

async function closeAll(doors: Doors, relayed?: Relayed, readers?: Readers): Promise<void> {
  await readers?.close() // what they have by now, the relay takes
  const parts = [doors, relayed, readers].filter((part) => part !== undefined)
  await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()))
}

function startReaders(
  { processes = 1, root, trackerUrls, inherited = none, certificate, publicUrl }: SharedOptions,
  doors: Doors,
  deps: HttpDeps,
  clock: Clock,
): Promise<Readers> {
  const { hostId, origins, accelPrefix, credential, devices } = deps
  const own = { hostId, origins, accelPrefix, credential, root, trackerUrls, reusePort: true }
  return Readers.start({
    count: processes - 1,
    start: {
      ...own,
      ...doors.at,
      ...(certificate && { certificate }),
      ...(publicUrl !== undefined && { publicUrl }),
    },
    inherited: (reader) => shareOf(inherited, reader + 1, processes),
    ours: doors.sockets,
    // one that was opened for a single process can be shared, but none opened beside it
    shares: {
      listen: inherited.listen.length === 1,
      internalListen: inherited.internalListen.length === 1,
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
}

function shareOf(
  { listen, internalListen }: Sockets<InheritedSocket>,
  process: number,
  processes: number,
): Sockets<InheritedSocket> {
  const pick = (sockets: readonly InheritedSocket[]) => {
    const numbers = new Set(shareOut(sockets.length, process, processes))
    return sockets.filter((_, number) => numbers.has(number))
  }
  return { listen: pick(listen), internalListen: pick(internalListen) }
}

/** What a reader is to know. */
const stateOf = ({ devices, keys, trackerNowMs }: HttpDeps, clock: Clock): ReaderState => ({
  devices: devices.all().map(({ deviceId, state, gauge }) => ({ deviceId, state, gauge })),
  keys: keys.all().map(({ version, key }) => ({ version, key: encodeBase64Url(key) })),
  offsetMs: Math.round(trackerNowMs() - clock.nowMs()),
})

type At = DoorOptions['listen']

const newAddresses = ({ listen, internalListen, inherited = none }: SharedOptions): At[] => [
  ...(inherited.listen.length === 0 ? [listen] : []),
  ...(internalListen && inherited.internalListen.length === 0 ? [internalListen] : []),
]
