// Hosts as trackers know them, in this process: they speak agents' real protocol, and their disks
// are nothing. What is measured with them is what the tracker and the database can order.
import { StorageHost } from '#test/support/storage-host.ts'
import { createAdmin } from './tracker-alone.ts'

export interface SimulatedHosts extends AsyncDisposable {
  deviceIds: readonly number[]
  /** Copies and erasings reported so far. */
  done(): { replicate: number; delete: number }
  /** Ends when every host has reported its last lease. */
  pause(): Promise<void>
  go(): void
}

const WANT = 200
const IDLE_MS = 200

export async function simulateHosts(
  trackerUrl: string,
  adminKey: string,
  hosts: number,
  devices: number,
): Promise<SimulatedHosts> {
  const admin = createAdmin(trackerUrl, adminKey)
  const enrolled: StorageHost[] = []
  for (let n = 1; n <= hosts; n++) {
    const { enrollmentToken: token } = await admin.hosts.add(`host-${n}`)
    const url = `http://127.0.1.${n}:7500`
    enrolled.push(await StorageHost.enroll({ trackerUrl, token, url, devices }))
  }
  for (const host of enrolled) await host.sync()

  const done = { replicate: 0, delete: 0 }
  const now = { isGoing: false, isOver: false }
  const resting = new Set<StorageHost>(enrolled)
  const loops = enrolled.map(async (host) => {
    while (!now.isOver) {
      if (!now.isGoing) {
        resting.add(host)
        await host.sync() // its heart beats
      }
      const busy = now.isGoing && (await workOnce(host, done))
      if (!busy) await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    }
  })
  return {
    deviceIds: enrolled.flatMap(({ deviceIds }) => deviceIds),
    done: () => ({ ...done }),
    go() {
      resting.clear()
      now.isGoing = true
    },
    async pause() {
      now.isGoing = false
      while (resting.size < enrolled.length)
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    },
    async [Symbol.asyncDispose]() {
      now.isOver = true
      await Promise.all(loops)
    },
  }
}

/** Leases, and says at once that all was done. False when there was nothing. */
async function workOnce(
  host: StorageHost,
  done: { replicate: number; delete: number },
): Promise<boolean> {
  const jobs = await host.take(WANT)
  if (jobs.length === 0) return false
  await host.done(...jobs)
  for (const { kind } of jobs) done[kind] += 1
  return true
}
