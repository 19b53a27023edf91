// `npm run bench [-- NAME...]`: rates on this machine beside those of a reference, measured by
// turns. Ends with 1 when a bench could not be run; a rate that is short is told in the table.
import { globSync, readFileSync, rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentCrowd } from './agent-crowd.ts'
import { agentGet, agentGetTwo } from './agent-get.ts'
import { agentMemory } from './agent-memory.ts'
import { agentPut } from './agent-put.ts'
import type { Bench, Row } from './bench.ts'
import { fullStore } from './full-store.ts'
import { grown } from './grown.ts'
import { healing } from './healing.ts'
import { lineGateway } from './line-gateway.ts'
import { mac } from './mac.ts'
import { endChildren, loadAverage } from './machine.ts'
import { paths } from './paths.ts'
import { replication } from './replication.ts'
import { statements } from './statements.ts'
import { tableOf } from './table.ts'

const benches: readonly Bench[] = [
  fullStore,
  lineGateway,
  replication,
  paths,
  agentGet,
  agentGetTwo,
  agentPut,
  agentMemory,
  agentCrowd,
  mac,
  statements,
  grown,
  healing,
]
/** All of them take nine minutes where nobody else is at work. */
const LIMIT_MS = 20 * 60_000
const TAIL_LINES = 5

const names = process.argv.slice(2)
const chosen = benches.filter(({ name }) => names.length === 0 || names.includes(name))
const unknown = names.filter((name) => benches.every((bench) => bench.name !== name))
if (unknown.length > 0) {
  const known = benches.map(({ name }) => name).join(' ')
  console.error(`there is no bench ${unknown.join(', ')}, but ${known}`)
  process.exit(2)
}

const root = await mkdtemp(join(tmpdir(), 'mogile-bench-'))
await chmod(root, 0o711) // PostgreSQL runs under another account where we are root
process.once('SIGINT', () => abandon('interrupted'))
process.once('SIGTERM', () => abandon('terminated'))
setTimeout(() => abandon(`not done in ${LIMIT_MS / 60_000} minutes`), LIMIT_MS).unref()

console.error(`${availableParallelism()} cores, load average ${loadAverage()}, files in ${root}`)
const rows: Row[] = []
for (const bench of chosen) rows.push(...(await runBench(bench)))
await rm(root, { recursive: true, force: true })
console.log(tableOf(rows))

/** What it made is deleted when all are over: ext4 makes files slowly where many were deleted. */
async function runBench(bench: Bench): Promise<Row[]> {
  const { name } = bench
  console.error(`${name} ...`)
  const dir = join(root, name)
  await mkdir(dir)
  try {
    return await bench.run(dir)
  } catch (error) {
    console.error(`${name} could not be run:`, error)
    for (const log of globSync('*.log', { cwd: dir })) console.error(tailOf(join(dir, log)))
    process.exitCode = 1
    return []
  }
}

function tailOf(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  return [`-- ${log}`, ...lines.slice(-TAIL_LINES)].join('\n')
}

/** Leaves no process and no file, at once. */
function abandon(why: string): never {
  console.error(why)
  endChildren()
  rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  process.exit(1)
}
