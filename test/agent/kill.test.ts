// `kill -9`, again and again, amid thousands of PUTs, copies and deletes: never wrong bytes under a
// final name, never an acknowledged file missing, and nothing left over after the recovery.
import assert from 'node:assert/strict'
import { createHash, randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeviceId, Fid, type JobId } from '#shared/ids.ts'
import { signedUrl } from '#shared/tickets.ts'
import { type AgentProcess, startAgentProcess } from './support/agent-process.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { deleteJob, replicateJob } from './support/jobs.ts'
import { SourceNode } from './support/source-node.ts'

const LIVES = 5
const CLIENTS = 16
/** Acknowledged PUTs after which an agent is killed, at the least and at the most. */
const LEAST = 100
const MOST = 450
const SIZES = [0, 1, 700, 4_096, 60_000, 70_000, 400_000]

/** The only bytes that a fid may ever have. */
function bytesOf(fid: number): Buffer {
  const seed = createHash('sha256').update(String(fid)).digest()
  return Buffer.alloc(SIZES[fid % SIZES.length] ?? 0, seed)
}

/** What the cluster believes, as it was told. */
class Ledger {
  /** Acknowledged to a client or to the tracker. */
  readonly stored = new Set<number>()
  /** Their erasing was ordered: they may be there or not. */
  readonly doomed = new Set<number>()
  /** It was reported. */
  readonly erased = new Set<number>()
  nextFid = 1
}

interface Ordered {
  fid: number
  jobId: JobId
  kind: 'replicate' | 'delete'
}

/** One life of an agent: work from all sides, until it is killed in the middle. */
async function live(host: Host, agent: AgentProcess, ledger: Ledger, source: SourceNode) {
  const until = ledger.stored.size + randomInt(LEAST, MOST)
  const ordered: Ordered[] = []
  const isOver = () => ledger.stored.size >= until
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const fid = ledger.nextFid++
      if (fid % 3 === 0) orderCopy(host, source, fid, ordered)
      else if (await put(host, agent, fid)) ledger.stored.add(fid)
      else return
      const victim = fid - 40
      if (fid % 5 === 0 && ledger.stored.has(victim)) orderErasing(host, ledger, victim, ordered)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  // others are still on their way when it dies
  const last = Array.from({ length: CLIENTS }, async () => {
    const fid = ledger.nextFid++
    if (await put(host, agent, fid)) ledger.stored.add(fid)
  })
  await Promise.race(last)
  await agent.end('SIGKILL')
  await Promise.all(last)
  hearReports(host, ledger, ordered)
}

/** False: the agent is dead, and what became of the file is not known. */
async function put(host: Host, agent: AgentProcess, fid: number): Promise<boolean> {
  const place = { deviceId: DeviceId.parse(1), fid: Fid.parse(fid) }
  const untilS = Math.floor(Date.now() / 1000) + 3_600
  const url = signedUrl(agent.url, { verb: 'PUT', ...place, untilS }, host.key())
  try {
    const answer = await fetch(url, { method: 'PUT', body: bytesOf(fid) })
    await answer.arrayBuffer()
    assert.equal(answer.status, 201)
    return true
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return false
  }
}

function orderCopy(host: Host, source: SourceNode, fid: number, ordered: Ordered[]): void {
  const job = replicateJob(fid, bytesOf(fid), [source.serves(`/${fid}`, bytesOf(fid))])
  host.tracker.jobs.push(job)
  ordered.push({ fid, jobId: job.jobId, kind: 'replicate' })
}

function orderErasing(host: Host, ledger: Ledger, fid: number, ordered: Ordered[]): void {
  const job = deleteJob(fid)
  ledger.stored.delete(fid)
  ledger.doomed.add(fid)
  host.tracker.jobs.push(job)
  ordered.push({ fid, jobId: job.jobId, kind: 'delete' })
}

function hearReports({ tracker }: Host, ledger: Ledger, ordered: readonly Ordered[]): void {
  const done = new Set(tracker.syncs.flatMap((sync) => sync.done.map(({ jobId }) => jobId)))
  for (const { fid, jobId, kind } of ordered)
    if (!done.has(jobId)) continue
    else if (kind === 'delete') ledger.erased.add(fid)
    else ledger.stored.add(fid)
  tracker.jobs.length = 0
}

async function check(host: Host, ledger: Ledger): Promise<void> {
  for (let fid = 1; fid < ledger.nextFid; fid++) {
    const found = await bytesAt(host.fileOf(fid))
    if (ledger.stored.has(fid)) assert.ok(found !== undefined, `fid ${fid} was acknowledged`)
    if (ledger.erased.has(fid)) assert.equal(found, undefined, `fid ${fid} was erased`)
    if (found !== undefined) assert.ok(found.equals(bytesOf(fid)), `fid ${fid} has other bytes`)
  }
}

const namesIn = (host: Host, folder: string) => readdir(join(host.root, 'dev1', folder))

test('killed at any moment, an agent has what it acknowledged, whole, and no more', async (t) => {
  await using host = await startHost()
  await using source = await SourceNode.start()
  const ledger = new Ledger()
  await host.stop()
  for (let life = 0; life < LIVES; life++) {
    await using agent = await startAgentProcess({
      MOG_ROOT: host.root,
      MOG_TRACKER_URL: host.tracker.url,
      MOG_LOG_LEVEL: 'error',
    })
    await live(host, agent, ledger, source)
    await host.start() // the recovery
    assert.deepEqual(await namesIn(host, 'tmp'), [])
    assert.deepEqual(await namesIn(host, 'quarantine'), [])
    await host.stop()
    await check(host, ledger)
  }
  const { stored, doomed, erased } = ledger
  t.diagnostic(`${stored.size} stored, ${erased.size} of ${doomed.size} erased, ${LIVES} kills`)
  assert.ok(erased.size > 0)
})
