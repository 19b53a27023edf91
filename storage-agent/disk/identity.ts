// A device is known by a file on it, never by its place: an unmounted or a foreign disk has not
// the right one, and is not written to.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { DeviceId, HostId } from '#shared/ids.ts'
import { codeOf } from './failures.ts'
import {
  CATALOGUE_DIR,
  IDENTITY_FILE,
  JOURNAL_DIR,
  PARTIAL_DIR,
  QUARANTINE_DIR,
  TEMP_DIR,
} from './layout.ts'
import { replaceFile, syncDirectory } from './replace-file.ts'

export const Identity = z.object({
  clusterId: z.uuid(),
  deviceId: DeviceId,
  /** The host that formatted it. A disk may move: this is for people. */
  hostId: HostId.optional(),
  createdAt: z.iso.datetime(),
  uuid: z.uuid(),
})
export type Identity = z.infer<typeof Identity>

export type Owner = Pick<Identity, 'clusterId' | 'deviceId'>

/** Why this directory is not that device, or undefined when it is. */
export async function whyForeign(directory: string, owner: Owner): Promise<string | undefined> {
  let text: string
  try {
    text = await readFile(join(directory, IDENTITY_FILE), 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return 'no identity file: is the disk mounted?'
    return `the identity file cannot be read: ${code ?? String(error)}`
  }
  return compareIdentity(text, owner)
}

export function compareIdentity(text: string, owner: Owner): string | undefined {
  const identity = parseIdentity(text)
  if (identity === undefined) return 'the identity file is damaged'
  if (identity.clusterId !== owner.clusterId) return 'belongs to another cluster'
  if (identity.deviceId !== owner.deviceId) return `is device ${identity.deviceId}`
  return undefined
}

function parseIdentity(text: string): Identity | undefined {
  try {
    return Identity.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Makes an empty directory a device of ours. Refuses one that holds anything already. */
export async function formatDevice(
  directory: string,
  owner: Owner & { hostId: HostId },
  createdAt: Date,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const held = (await readdir(directory)).filter((name) => name !== 'lost+found')
  if (held.length > 0) throw new Error(`${directory} is not empty: it holds ${held.join(', ')}`)

  await writeIdentity(directory, owner, createdAt)
  await syncDirectory(join(directory, '..'))
}

const ownNames = new Set([TEMP_DIR, JOURNAL_DIR, PARTIAL_DIR, QUARANTINE_DIR, CATALOGUE_DIR])

/**
 * Makes a directory in which MogileFS keeps files a device of ours, as it lies. Refuses one without
 * such files: it may be the mount point of a disk that is not mounted. Safe to repeat.
 */
export async function adoptDevice(
  directory: string,
  owner: Owner & { hostId: HostId },
  createdAt: Date,
): Promise<void> {
  const held = await readdir(directory)
  if (held.includes(IDENTITY_FILE)) {
    const foreign = await whyForeign(directory, owner)
    if (foreign !== undefined) throw new Error(`${directory} cannot be adopted: ${foreign}`)
    return
  }
  const taken = held.filter((name) => ownNames.has(name))
  if (taken.length > 0)
    throw new Error(`${directory} holds ${taken.join(', ')}, which an agent needs for itself`)
  if (!held.some((name) => /^\d$/.test(name)))
    throw new Error(`${directory} holds no files of MogileFS: is the disk mounted?`)
  await writeIdentity(directory, owner, createdAt)
}

async function writeIdentity(
  directory: string,
  owner: Owner & { hostId: HostId },
  createdAt: Date,
): Promise<void> {
  const identity: Identity = { ...owner, createdAt: createdAt.toISOString(), uuid: randomUUID() }
  const text = `${JSON.stringify(identity, undefined, 2)}\n`
  await replaceFile(join(directory, IDENTITY_FILE), text, 0o644)
}
