// `npm run soak -- --minutes 10 [--clients 8] [--hosts 3] [--every 20] [--seed N]`: soaks a cluster
// of its own, durable as in production, and says what became of it. Exit code 1: all is not well.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCluster } from '#infra/dev/cluster.ts'
import { startPostgres } from '#infra/dev/postgres.ts'
import { tempDir } from '../support/temp-dir.ts'
import { judge } from './report.ts'
import { soak } from './soak.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
const text = (fallback: string) => ({ type: 'string', default: fallback }) as const
const { values } = parseArgs({
  options: {
    minutes: text('10'),
    clients: text('8'),
    hosts: text('3'),
    every: text('20'),
    seed: text(String(Date.now() % 1_000_000)),
  },
})
const [minutes, clients, hosts, everyS, seed] = [
  Number(values.minutes),
  Number(values.clients),
  Number(values.hosts),
  Number(values.every),
  Number(values.seed),
]

await using dir = await tempDir()
await using postgres = await startPostgres({ dataDir: join(dir.path, 'postgres') })
await using cluster = await startCluster({
  stateDir: dir.path,
  databaseUrl: postgres.url,
  hosts,
  devicesPerHost: 2,
  trackerKind: 'node',
  port: 0,
  settings: { uploadMs: 60_000, downAfterMs: 5_000, leaseMs: 10_000 },
})
say(`seed ${seed}: ${minutes} minutes, ${clients} clients, ${hosts} hosts`)
const soaked = await soak(cluster, {
  seconds: minutes * 60,
  clients,
  everyS,
  seed,
  watched: [{ name: 'PostgreSQL', pid: postgres.pid }],
  onSample({ atS, processes, rows }, { lost }) {
    const taken = processes.map(
      ({ name, memoryMb, descriptors }) => `${name} ${memoryMb} MB ${descriptors}`,
    )
    say(`${atS} s: lost ${lost.length}, jobs ${rows['job']}; ${taken.join('; ')}`)
  },
})
const { lines, faults } = judge(soaked)
for (const line of lines) say(line)
for (const fault of faults) say(fault)
process.exitCode = faults.length > 0 ? 1 : 0
