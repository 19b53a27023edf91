// A process beside the primary that answers GETs of files at the same address, and passes all other
// connections on. It owns nothing: killed at any moment, it costs the answers under way.
import { systemClock } from '#shared/clock.ts'
import { jsonEvents } from '#shared/events.ts'
import { QuickReads } from '../disk/quick-reads/quick-reads.ts'
import { type Doors, openDoors, type Sockets } from '../http/doors.ts'
import type { HttpDeps } from '../http/exchange.ts'
import type { InheritedSocket } from '../http/inherited-socket.ts'
import { agentLoad } from '../http/load.ts'
import { Ownership } from '../http/ownership.ts'
import { keyRing } from '../keys.ts'
import { MAX_REPORTED_ANSWERS, READER_EVERY_MS } from '../limits.ts'
import { poolThreads } from '../pool-threads.ts'
import { trackers } from '../tracker.ts'
import type { FromReader, ReaderStart, ReaderState } from './messages.ts'
import { MirroredDevices } from './mirrored-devices.ts'
import { relay } from './relay.ts'

export interface Reader extends AsyncDisposable {
  follow: (state: ReaderState) => void
  sockets: Doors['sockets']
  /** Resolves when its last connection has ended. All but the reading of files is forwarded. */
  leave: () => Promise<void>
}

/** Resolves when it listens. */
export async function startReader(
  start: ReaderStart,
  inherited: Sockets<InheritedSocket>,
  tell: (message: FromReader) => void,
): Promise<Reader> {
  const { root, state, origins, accelPrefix, hostId, credential } = start
  await using opening = new AsyncDisposableStack()
  const devices = new MirroredDevices(root, poolThreads(), opening.use(new QuickReads()))
  const keys = keyRing(state.keys)
  let { offsetMs } = state
  let known = JSON.stringify(state.keys)
  const follow = (next: ReaderState) => {
    devices.follow(next.devices)
    offsetMs = next.offsetMs
    const text = JSON.stringify(next.keys)
    if (text !== known) keys.replace(next.keys) // tickets that were found good are forgotten then
    known = text
  }
  follow(state)

  const answers: number[] = []
  const meter: HttpDeps['meter'] = {
    answered(method, status, tookMs) {
      if (answers.length < 3 * MAX_REPORTED_ANSWERS)
        answers.push(method === 'HEAD' ? 1 : 0, status, tookMs)
    },
    refused: () => undefined, // its status is counted
  }
  const report = () => {
    const told = Float64Array.from(answers.splice(0))
    tell({ kind: 'report', wanted: devices.takeWanted(), answers: told })
  }
  const tracker = opening.use(trackers(start.trackerUrls, credential))
  const reporting = setInterval(report, READER_EVERY_MS)
  opening.defer(() => clearInterval(reporting))
  const trackerNowMs = () => systemClock.nowMs() + offsetMs
  const events = jsonEvents('agent')
  const metrics = { text: () => Promise.resolve(''), token: undefined }
  const passOn: HttpDeps['passOn'] = (socket) => relay(socket, root)
  const own = { hostId, devices, keys, tracker, trackerNowMs, events, credential, metrics }
  const ownership = new Ownership()
  const shared = { scratch: undefined, load: agentLoad(), meter, passOn, root, ownership }
  const deps: HttpDeps = { ...own, ...shared, origins, accelPrefix }
  const doors = opening.use(await openDoors({ ...start, inherited }, deps, systemClock))
  const opened = opening.move()
  return {
    follow,
    sockets: doors.sockets,
    async leave() {
      ownership.give()
      await doors.leave()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
