// mogstored's side channel, for MogileFS's trackers while they still run (MogileFS section 8):
// sizes and checksums of files, and how busy the disks are. No management console. Off unless asked
// for: it knows no tickets, and tells whoever reaches it, but never what a file holds.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import type { DeviceId } from '#shared/ids.ts'
import type { Device } from '../disk/device.ts'
import type { Devices } from '../disk/devices.ts'
import type { InheritedSocket } from '../http/inherited-socket.ts'
import { MAX_SIDE_CONNECTIONS, USAGE_FILE_EVERY_MS, WATCH_EVERY_MS } from '../limits.ts'
import { Answers } from './answer.ts'
import { converse, tell } from './connection.ts'
import { writeUsage } from './usage-file.ts'

export interface SideChannel extends AsyncDisposable {
  port: number
  /** To be shared with a successor. */
  socket: Server
}

interface Deps {
  devices: Devices
  clock: Clock
  events: Events
}

/** Resolves when it listens. Disposed, it cuts its connections. */
export async function openSideChannel(
  listen: { host: string; port: number },
  { devices, clock, events }: Deps,
  inherited?: InheritedSocket,
): Promise<SideChannel> {
  const [answers, watchers, sockets] = [new Answers(devices), new Set<Socket>(), new Set<Socket>()]
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined) // told by the end of the conversation
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    void converse(socket, { answers, watchers, events })
  })
  server.maxConnections = MAX_SIDE_CONNECTIONS
  if (inherited === undefined) server.listen(listen.port, listen.host)
  else server.listen(inherited.server)
  await once(server, 'listening')
  inherited?.pass(server)

  const stopping = new AbortController()
  const { signal } = stopping
  const loops = [
    every(WATCH_EVERY_MS, { clock, signal }, () => {
      const text = loadText(devices)
      for (const watcher of watchers) tell(watcher, text)
    }),
    every(USAGE_FILE_EVERY_MS, { clock, signal }, usageWriter({ devices, clock, events })),
  ]
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    socket: server,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all([once(server, 'close'), ...loops])
    },
  }
}

/** `1\t12.5` for each device that is busy for so many percent of its time, or `-`. */
function loadText(devices: Devices): string {
  const lines = devices.all().map(({ deviceId, gauge: { utilization } }) => {
    const percent = utilization === null ? '-' : (utilization * 100).toFixed(2)
    return `${deviceId}\t${percent}\n`
  })
  return `${lines.join('')}.\n`
}

/** A disk that fails, or hangs, keeps no other waiting: it has no next turn until it answers. */
function usageWriter({ devices, clock, events }: Deps): () => void {
  const busy = new Set<DeviceId>()
  const write = async (device: Device) => {
    const { deviceId } = device
    busy.add(deviceId)
    try {
      await writeUsage(device, clock.nowMs())
    } catch (error) {
      events.emit('warn', 'usage.failed', { deviceId, ...errorFacts(error) })
    } finally {
      busy.delete(deviceId)
    }
  }
  return () => {
    for (const device of devices.all()) if (!busy.has(device.deviceId)) void write(device)
  }
}

async function every(
  ms: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  work: () => void,
): Promise<void> {
  while (!signal.aborted) {
    work()
    await clock.sleep(ms, signal)
  }
}
