// All that a checker may look at, at one moment in which no transaction is open: what the database
// has committed, what lies on every disk, and what clients were told.

import type { Cluster } from './actors/cluster.ts'
import { sumOf } from './actors/read-verified.ts'
import type { Damage } from './damage.ts'
import { fidOfPath } from './disk/fid-of-path.ts'
import type { FileNode } from './disk/file-node.ts'
import type { FileSystem } from './disk/file-system.ts'
import type { Finale } from './finale.ts'
import type { History } from './history.ts'

export interface LiveFile {
  fid: number
  key: string
  classId: number
  /** That are wanted: by the policy, where it says a number. */
  copies: number
  bytes: number
  checksum: string
}

export interface DeviceRow {
  deviceId: number
  hostId: number
  state: string
  condition: string | null
}

export interface JobRow {
  jobId: number
  kind: 'replicate' | 'delete'
  fid: number
  deviceId: number
  attempt: number
  reason: string | null
}

/** What a class asked for before it was changed, and after. */
interface Asked {
  classId: number
  copies: number
  atMs: number
}

interface Placement {
  classId: number
  deviceIds: number[]
  files: number
  bytes: number
}

export interface Rows {
  files: LiveFile[]
  devices: DeviceRow[]
  replicas: { fid: number; deviceId: number }[]
  tombstones: { fid: number; dueMs: number }[]
  uploads: { fid: number; deviceIds: number[] }[]
  /** That files were made of, ever. */
  closed: { fid: number }[]
  jobs: JobRow[]
  shortfalls: { fid: number; reason: string }[]
  moves: { fid: number; deviceId: number }[]
  lost: { fid: number }[]
  asked: Asked[]
  /** The ledger, and the same counted anew. */
  ledger: Placement[]
  recount: Placement[]
}

export interface View {
  nowMs: number
  rows: Rows
  /** The fids on each device, with the checksum of their bytes; undefined: they cannot be read. */
  disks: ReadonlyMap<number, ReadonlyMap<number, string | undefined>>
  /** The same fids, with the number of the file. */
  inodes: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** Devices whose journal nobody has replayed since their power was cut. */
  unopened: ReadonlySet<number>
  damage: Damage
  history: History
  /** What a reader saw when all was over. */
  finale?: Finale
}

const TABLES: Record<keyof Rows, string> = {
  files: `select fid, key, class_id as "classId", bytes, checksum,
      coalesce((regexp_match(policy, '\\((\\d+)\\)'))[1]::int, copies) as copies
    from file join class using (class_id)`,
  devices: `select device_id as "deviceId", host_id as "hostId", state, condition from device`,
  replicas: `select fid, device_id as "deviceId" from replica`,
  tombstones: `select fid, extract(epoch from erase_at) * 1000 as "dueMs" from tombstone`,
  uploads: `select fid, device_ids as "deviceIds" from upload`,
  closed: `select fid from change where kind in ('create', 'overwrite')`,
  jobs: `select job_id as "jobId", kind, fid, device_id as "deviceId", attempt, reason from job`,
  shortfalls: `select fid, reason from shortfall`,
  moves: `select fid, device_id as "deviceId" from move`,
  lost: `select fid from lost`,
  asked: `select class_id as "classId", extract(epoch from at) * 1000 as "atMs", coalesce(
      (regexp_match(coalesce(told ->> 'policy', policy), '\\((\\d+)\\)'))[1]::int,
      (told ->> 'copies')::int, copies) as copies
    from audit join domain on starts_with(subject, domain.name || '/')
    join class using (domain_id) cross join lateral (values (before), (after)) as side (told)
    where noun = 'class' and subject = domain.name || '/' || class.name`,
  ledger: `select class_id as "classId", device_ids as "deviceIds", files, bytes from placements()`,
  recount: `select class_id as "classId", device_ids as "deviceIds", count(*) as files,
      sum(bytes) as bytes
    from (select class_id, bytes, array(select device_id from replica where fid = file.fid
      order by 1) as device_ids from file) as lying group by 1, 2`,
}

const LOOK = `select json_build_object(${Object.entries(TABLES)
  .map(([name, query]) => `'${name}', (select coalesce(json_agg(t), '[]') from (${query}) as t)`)
  .join(', ')}) as rows`

interface Records {
  damage: Damage
  history: History
}

export async function viewOf(cluster: Cluster, { damage, history }: Records): Promise<View> {
  const { transactions, timeline } = cluster.stage
  const [found] = await transactions.look<{ rows: Rows }>(LOOK)
  if (found === undefined) throw new Error('the database says nothing')
  const disks = new Map<number, Map<number, string | undefined>>()
  const inodes = new Map<number, Map<number, number>>()
  const unopened = new Set<number>()
  for (const host of cluster.hosts)
    for (const deviceId of host.deviceIds) {
      const files = fidsOn(host.disk(deviceId))
      disks.set(deviceId, mapValues(files, contentOf))
      inodes.set(
        deviceId,
        mapValues(files, ({ ino }) => ino),
      )
      if (host.unopened.has(deviceId)) unopened.add(deviceId)
    }
  return { nowMs: timeline.nowMs, rows: found.rows, disks, inodes, unopened, damage, history }
}

function fidsOn(disk: FileSystem): Map<number, FileNode> {
  const fids = new Map<number, FileNode>()
  for (const [path, node] of disk.files()) {
    const fid = fidOfPath(path)
    if (fid !== undefined) fids.set(fid, node)
  }
  return fids
}

const mapValues = <From, To>(map: ReadonlyMap<number, From>, to: (value: From) => To) =>
  new Map([...map].map(([key, value]) => [key, to(value)]))

const contentOf = (node: FileNode): string | undefined =>
  node.isUnreadable ? undefined : checksumOf(node)

const sums = new WeakMap<FileNode, { version: number; sum: string }>()

function checksumOf(node: FileNode): string {
  const known = sums.get(node)
  if (known?.version === node.version) return known.sum
  const sum = sumOf(node.read(0, node.bytes))
  sums.set(node, { version: node.version, sum })
  return sum
}
