// The root of the agent, its enrollment and its devices: are they there, ours, and writable?
import { readdir, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../disk/failures.ts'
import { whyForeign } from '../disk/identity.ts'
import { deviceDirectory, deviceIdOf } from '../disk/layout.ts'
import { readUsage } from '../disk/usage.ts'
import { type Enrollment, readEnrollment } from '../enrollment.ts'
import { RESERVED_BYTES } from '../limits.ts'
import { judgeDisk } from './disks.ts'
import { doubtful, type Finding, reasonOf, well, wrong } from './finding.ts'
import { judgeMount, type MountPoint, mountOf, readMounts } from './mounts.ts'

const INIT = 'run: mog-agent init --tracker URL --token TOKEN --url URL'

export async function judgeRoot(root: string): Promise<Finding[]> {
  const enrolled = await judgeEnrollment(root)
  if (!('clusterId' in enrolled)) return [enrolled]
  const found = [well('identity', `this is host ${enrolled.host}`), ...(await judgeOwner(root))]
  const devices = (await readdir(root)).map(deviceIdOf).filter((id) => id !== undefined)
  if (devices.length === 0)
    return [
      ...found,
      wrong('devices', 'there is none', 'run: mog device add HOST, then mog-agent init --device N'),
    ]
  const mounts = await readMounts()
  for (const deviceId of devices.toSorted((a, b) => a - b)) {
    const directory = deviceDirectory(root, deviceId)
    const about = `dev${deviceId}`
    const foreign = await whyForeign(directory, { ...enrolled, deviceId })
    if (foreign === undefined) found.push(...(await judgeDevice(about, directory, root, mounts)))
    else found.push(wrong(about, foreign, 'mount the right disk, or: mog-agent init --device N'))
  }
  return found
}

async function judgeEnrollment(root: string): Promise<Enrollment | Finding> {
  try {
    return (await readEnrollment(root)) ?? wrong('identity', `${root} is not enrolled yet`, INIT)
  } catch (error) {
    const isForbidden = codeOf(error) === 'EACCES'
    const remedy = isForbidden ? 'run the doctor as root' : 'enroll this host anew'
    return wrong('identity', `agent.json cannot be read: ${reasonOf(error)}`, remedy)
  }
}

/** Whoever owns the root runs the agent: all else that it writes must be theirs. */
async function judgeOwner(root: string): Promise<Finding[]> {
  const { uid } = await stat(root)
  const names = (await readdir(root)).filter(
    (name) => deviceIdOf(name) !== undefined || name === 'agent.json',
  )
  const strangers: string[] = []
  for (const name of names) if ((await stat(join(root, name))).uid !== uid) strangers.push(name)
  const { mode } = await stat(join(root, 'agent.json'))
  const found: Finding[] = []
  if (strangers.length > 0)
    found.push(
      wrong(
        'permissions',
        `${strangers.join(', ')} in ${root} belongs to another account than ${root}`,
        `run: chown -R --reference=${root} ${strangers.map((name) => join(root, name)).join(' ')}`,
      ),
    )
  if (/[1-7]/.test(mode.toString(8).slice(-2)))
    found.push(
      wrong(
        'permissions',
        'others may read the credential of this host',
        `run: chmod 600 ${join(root, 'agent.json')}`,
      ),
    )
  return found
}

async function judgeDevice(
  about: string,
  directory: string,
  root: string,
  mounts: readonly MountPoint[],
): Promise<Finding[]> {
  const found: Finding[] = []
  const mount = mountOf(mounts, directory)
  if (mount !== undefined) {
    const below = await judgeDisk(about, directory, mount.type)
    found.push(...judgeMount(about, mount, mount === mountOf(mounts, root)), ...below)
  }
  const { bytesFree } = await readUsage(directory)
  if (bytesFree < RESERVED_BYTES)
    found.push(doubtful(about, 'is full', 'drain it, or let a rebalance empty it'))
  const refused = await whyNotWritable(directory)
  if (refused !== undefined)
    found.push(wrong(about, `takes no file: ${refused}`, 'look at dmesg and at the permissions'))
  return found
}

async function whyNotWritable(directory: string): Promise<string | undefined> {
  const file = join(directory, 'doctor-test')
  try {
    await writeFile(file, 'a test, removed at once\n', { flush: true })
    await unlink(file)
    return undefined
  } catch (error) {
    return codeOf(error) ?? reasonOf(error)
  }
}
