// Every byte of a cluster: what lies on its disks, found by walking them, and what the database
// says lies there, both as the paths of fids (`/dev3/0/000/000/0000000012.fid`), in order.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import * as z from 'zod'
import type { AgentProcess } from '#infra/dev/agent-process.ts'
import type { Cluster } from '#infra/dev/cluster.ts'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { untilPasses } from './until-true.ts'

type Agents = readonly AgentProcess[]

/** The bytes of fids. */
export const copiesOnDisks = (agents: Agents): Promise<string[]> =>
  walk(agents, '', (name) => name.endsWith('.fid'))

/** Bytes that are no fid's (yet): bodies on their way in, and what was found wrong. */
export async function otherBytesOnDisks(agents: Agents): Promise<string[]> {
  const [incoming, quarantined] = await Promise.all(
    ['tmp', 'quarantine'].map((folder) => walk(agents, folder, () => true)),
  )
  return [...(incoming ?? []), ...(quarantined ?? [])]
}

async function walk(
  agents: Agents,
  folder: string,
  isWanted: (name: string) => boolean,
): Promise<string[]> {
  const devices = agents.flatMap((agent) => agent.devices)
  const found = await Promise.all(
    devices.map(async ({ deviceId, path }) => {
      const names = await readdir(join(path, folder), { recursive: true })
      return names.filter(isWanted).map((name) => join(`/dev${deviceId}`, folder, name))
    }),
  )
  return found.flat().toSorted()
}

const Replica = z.object({ fid: Fid, device_id: DeviceId })
const INT8 = 20

/** What the replica table says. */
export async function copiesInDatabase(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.setTypeParser(INT8, Number)
  await client.connect()
  try {
    const { rows } = await client.query('select fid, device_id from replica')
    return rows
      .map((row) => Replica.parse(row))
      .map(({ fid, device_id: deviceId }) => fidPath(deviceId, fid))
      .toSorted()
  } finally {
    await client.end()
  }
}

/** Until no byte lies anywhere that no replica row names, and none is missing that one names. */
export const untilDisksMatch = ({ agents, description }: Pick<Cluster, 'agents' | 'description'>) =>
  untilPasses(async () => {
    const lying = new Set(await copiesOnDisks(agents))
    const known = new Set(await copiesInDatabase(description.databaseUrl))
    const unknown = [...lying.difference(known), ...(await otherBytesOnDisks(agents))]
    assert.deepEqual({ unknown, missing: [...known.difference(lying)] }, NOTHING)
  })

const NOTHING = { unknown: [], missing: [] }
