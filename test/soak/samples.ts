// What a cluster takes up while it is soaked: memory and descriptors of each process, rows and
// bytes of its tables. What grows on and on is a leak, whoever leaks it.
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

export interface ProcessSample {
  name: string
  pid: number
  /** Its own: what it shares with others, and what it maps of files, is left out. */
  memoryMb: number
  descriptors: number
}

export interface Sample {
  atS: number
  processes: ProcessSample[]
  /** Rows by table. */
  rows: Record<string, number>
  /** Of the whole database, with what vacuum has not given back. */
  databaseMb: number
}

/** A process that is watched, and its children with it. */
export interface Watched {
  name: string
  pid: number
}

/** Queues and what waits to become one: all of them are empty when all is done. */
const WAITING = ['job', 'tombstone', 'upload', 'shortfall', 'placement_delta', 'move'] as const
const TABLES = [...WAITING, 'file', 'replica', 'placement_count', 'change'] as const

/** Those that are not empty. */
export const waitingIn = ({ rows }: Sample): string[] =>
  WAITING.filter((table) => (rows[table] ?? 0) > 0)

/** Those that live; with a child that has just ended, less. */
export async function sampleProcesses(watched: readonly Watched[]): Promise<ProcessSample[]> {
  const children = await childrenByParent()
  const samples = await Promise.all(
    watched.map(async ({ name, pid }) => {
      const [own, ...others] = await Promise.all([pid, ...(children.get(pid) ?? [])].map(takenBy))
      if (own === undefined) return undefined
      const all = [own, ...others.filter((each) => each !== undefined)]
      const sum = (what: 'memoryMb' | 'descriptors') =>
        Math.round(all.reduce((total, each) => total + each[what], 0))
      return { name, pid, memoryMb: sum('memoryMb'), descriptors: sum('descriptors') }
    }),
  )
  return samples.filter((each) => each !== undefined)
}

async function childrenByParent(): Promise<Map<number, number[]>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '') // it has ended
      return { pid, parent: Number(/\) \S (\d+) /.exec(stat)?.[1] ?? 0) }
    }),
  )
  const found = new Map<number, number[]>()
  for (const { pid, parent } of parents) found.set(parent, [...(found.get(parent) ?? []), pid])
  return found
}

/** Undefined for one that has ended, or is about to: its memory goes first. */
async function takenBy(pid: number) {
  try {
    const [status, open] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readdir(`/proc/${pid}/fd`),
    ])
    const kb = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
    return kb === 0 ? undefined : { memoryMb: kb / 1024, descriptors: open.length }
  } catch {
    return undefined
  }
}

export async function measureTables(
  databaseUrl: string,
): Promise<Pick<Sample, 'rows' | 'databaseMb'>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const counts = TABLES.map((name) => `(select count(*)::int from ${name}) as ${name}`)
    const size = 'pg_database_size(current_database())::float8 / 1048576 as mb'
    const { rows } = await client.query<Record<string, number>>(
      `select ${counts.join(', ')}, ${size}`,
    )
    const { mb = 0, ...counted } = rows[0] ?? {}
    return { rows: counted, databaseMb: Math.round(mb) }
  } finally {
    await client.end()
  }
}
