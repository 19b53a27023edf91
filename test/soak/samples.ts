// What a cluster takes up while it is soaked: memory and descriptors of each process, rows of the
// tables that come and go. What grows on and on is a leak, whoever leaks it.
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

export interface ProcessSample {
  name: string
  pid: number
  rssMb: number
  descriptors: number
}

export interface Sample {
  atS: number
  processes: ProcessSample[]
  /** Rows by table. */
  rows: Record<string, number>
}

const TABLES = ['job', 'tombstone', 'upload', 'shortfall', 'placement_delta'] as const

/** Undefined for one that has just ended. */
export async function sampleProcess(name: string, pid: number): Promise<ProcessSample | undefined> {
  try {
    const [status, open] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readdir(`/proc/${pid}/fd`),
    ])
    const kb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
    return { name, pid, rssMb: Math.round(kb / 1024), descriptors: open.length }
  } catch {
    return undefined // between our look at the list and our look at it
  }
}

export async function countRows(databaseUrl: string): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const counts = TABLES.map((name) => `(select count(*)::int from ${name}) as ${name}`)
    const { rows } = await client.query<Record<string, number>>(`select ${counts.join(', ')}`)
    return rows[0] ?? {}
  } finally {
    await client.end()
  }
}

/** Since a process started: later samples of it against those after its warm-up. */
export interface Growth {
  name: string
  what: 'rssMb' | 'descriptors'
  before: number
  after: number
}

const MIN_SAMPLES = 8

/** Medians of the second quarter and of the last one, of each process that lived long enough. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const byPid = Map.groupBy(
    samples.flatMap(({ processes }) => processes),
    ({ pid }) => pid,
  )
  return [...byPid.values()]
    .filter((life) => life.length >= MIN_SAMPLES)
    .flatMap((life) =>
      (['rssMb', 'descriptors'] as const).map((what) => {
        const quarter = Math.floor(life.length / 4)
        const values = life.map((each) => each[what])
        return {
          name: life[0]?.name ?? '',
          what,
          before: medianOf(values.slice(quarter, 2 * quarter)),
          after: medianOf(values.slice(-quarter)),
        }
      }),
    )
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
