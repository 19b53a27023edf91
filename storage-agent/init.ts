// `mog-agent init`: makes this host known to the cluster, once, and directories devices. The token
// is spent by the first request: what fails after it is repaired with `init --device N`.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '#shared/clock.ts'
import type { DeviceId } from '#shared/ids.ts'
import { type Enrolled, PROTOCOL_VERSION } from '#shared/wire/agents.ts'
import { adoptDevice, formatDevice } from './disk/identity.ts'
import { deviceDirectory } from './disk/layout.ts'
import { lockRoot } from './disk/lock.ts'
import { type Enrollment, readEnrollment, writeEnrollment } from './enrollment.ts'
import { giveToOwner } from './give-to-owner.ts'
import { trackers } from './tracker.ts'

export interface InitOptions {
  root: string
  /** Without a trailing slash. */
  trackerUrls: readonly string[]
  token: string
  /** Where clients will reach the agent. */
  publicUrl: string
  /** How many new devices to make, each a directory `dev{N}` in the root. */
  newDevices: number
}

/** Enrolls this host and formats its first devices. Refuses a root that is enrolled already. */
export async function initAgent(options: InitOptions): Promise<Enrolled> {
  const { root, trackerUrls, token, publicUrl: url, newDevices } = options
  await mkdir(root, { recursive: true })
  await using _ = await lockRoot(root)
  const known = await readEnrollment(root)
  if (known !== undefined)
    throw new Error(
      `${root} is enrolled already, as host ${known.host}: add a device with --device N`,
    )
  await using tracker = trackers(trackerUrls)
  const enrolled = await tracker.enroll({ protocol: PROTOCOL_VERSION, token, url, newDevices })
  const { clusterId, hostId, host, credential, keys, deviceIds } = enrolled
  await writeEnrollment(root, { clusterId, hostId, host, credential, keys })
  for (const deviceId of deviceIds) await format(root, deviceId, { clusterId, hostId })
  const own = ['agent.json', 'agent.lock'].map((name) => join(root, name))
  await giveToOwner(root, own)
  return enrolled
}

/** Formats one more device, whose number the operator got with `mog device add`. */
export async function initDevice(root: string, deviceId: DeviceId): Promise<void> {
  await format(root, deviceId, await enrollmentOf(root))
}

/** Takes over a device of MogileFS under its number, with the files that lie on it. */
export async function adopt(root: string, deviceId: DeviceId): Promise<void> {
  const { clusterId, hostId } = await enrollmentOf(root)
  const owner = { clusterId, deviceId, hostId }
  await adoptDevice(deviceDirectory(root, deviceId), owner, new Date(systemClock.nowMs()))
}

async function enrollmentOf(root: string): Promise<Enrollment> {
  const known = await readEnrollment(root)
  if (known === undefined)
    throw new Error(`${root} is not enrolled yet: init it with a token first`)
  return known
}

async function format(
  root: string,
  deviceId: DeviceId,
  { clusterId, hostId }: Pick<Enrolled, 'clusterId' | 'hostId'>,
): Promise<void> {
  const directory = deviceDirectory(root, deviceId)
  const createdAt = new Date(systemClock.nowMs())
  await formatDevice(directory, { clusterId, deviceId, hostId }, createdAt)
  await giveToOwner(root, [directory])
}
