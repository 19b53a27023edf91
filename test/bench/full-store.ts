// Whole stores over the real parts: open at the tracker, PUT at the agent, close with the receipt,
// and everything on the same cores, the generator too. Beside it the bare statement that writes
// three rows. The second copies are ordered by every close, and their agent is stopped meanwhile.
import { randomBytes } from 'node:crypto'
import { bareWrites } from './bare-writes.ts'
import type { Bench, Row } from './bench.ts'
import { describe, measureByTurns, type Side } from './rounds.ts'
import { startStoring } from './storing.ts'
import { figure } from './table.ts'

/** Measured on such a machine: 16 connections, a key a file, at 6.7 ms of CPU. */
const MOGILEFS_A_SECOND = 260

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const storing = parts.use(await startStoring(dir))
  const bare = parts.use(await bareWrites(storing.database.url, storing.database.pid))
  const { tracker, database, generator, agent } = storing.pids

  const side: Side = {
    round: (ms) => storing.store({ ms, prefix: `${randomBytes(4).toString('hex')}/` }),
    processes: { tracker, agent, database, generator },
  }
  const { ours, reference } = await measureByTurns(side, bare)
  const timesMogile = figure(ours.rate / MOGILEFS_A_SECOND)
  return [
    {
      what: `full store of 4 KiB, fsync, ${storing.connections} connections; three bare writes`,
      unit: 'files/s',
      ours: ours.rate,
      reference: reference.rate,
      wanted: { ratioAtLeast: 0.2 },
      notes: [
        describe('ours', ours),
        describe('bare', reference),
        `PostgreSQL with fsync; ${timesMogile} times MogileFS 2.73 (${MOGILEFS_A_SECOND} files/s)`,
      ],
    },
  ]
}

export const fullStore: Bench = { name: 'full-store', run }
