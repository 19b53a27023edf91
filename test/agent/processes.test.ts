// Several processes that share the devices of a host: they answer at one address, only one of them
// writes, and the death of any other loses nothing that was answered.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { untilTrue } from '#test/support/until-true.ts'
import { type AgentProcess, startAgentProcess } from './support/agent-process.ts'
import { childrenOf } from './support/children.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { deleteJob } from './support/jobs.ts'

const PROCESSES = 3
/** So many that every process gets some: the kernel chooses by a hash of the client's port. */
const CONNECTIONS = 24

async function startApart(host: Host, own: Record<string, string> = {}): Promise<AgentProcess> {
  await host.stop()
  return startAgentProcess({
    MOG_ROOT: host.root,
    MOG_TRACKER_URL: host.tracker.url,
    MOG_PROCESSES: String(PROCESSES),
    ...own,
  })
}

const at = (agent: AgentProcess, url: string) => {
  const { pathname, search } = new URL(url)
  return `${agent.url}${pathname}${search}`
}

/** Each over a connection of its own. */
const apart = { connection: 'close' }

test('every process answers for all: stores, reads, ranges, refusals', async () => {
  await using host = await startHost()
  const [small, large] = [randomBytes(4_096), randomBytes(3_000_000)]
  const urls = [host.put(1), host.get(1), host.put(2), host.get(2), host.get(3)]
  const getCopy = host.get(1, { copy: true })
  await using agent = await startApart(host)
  const [putSmall = '', getSmall = '', putLarge = '', getLarge = '', getNone = ''] = urls.map(
    (url) => at(agent, url),
  )
  assert.equal((await childrenOf(agent.pid)).length, PROCESSES - 1)
  for (let n = 0; n < CONNECTIONS / 4; n++) {
    for (const [url, body] of [
      [putSmall, small],
      [putLarge, large],
    ] as const) {
      const { status } = await fetch(url, { method: 'PUT', body, headers: apart })
      assert.equal(status, 201)
    }
  }
  for (let n = 0; n < CONNECTIONS; n++) {
    const whole = await fetch(getSmall, { headers: apart })
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), small)
    const range = await fetch(getLarge, { headers: { ...apart, range: 'bytes=10-2000009' } })
    assert.deepEqual(Buffer.from(await range.arrayBuffer()), large.subarray(10, 2_000_010))
    assert.equal((await fetch(getNone, { headers: apart })).status, 404)
    assert.equal((await fetch(at(agent, getCopy), { headers: apart })).status, 200)
    assert.equal((await fetch(`${agent.url}/ready`, { headers: apart })).status, 200)
    assert.equal((await fetch(`${agent.url}/metrics`, { headers: apart })).status, 200)
  }
})

test('what the primary erased, no process serves', async () => {
  await using host = await startHost()
  const [put, get] = [host.put(1), host.get(1)]
  await using agent = await startApart(host)
  await fetch(at(agent, put), { method: 'PUT', body: 'hello' })
  const job = deleteJob(1)
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
  for (let n = 0; n < CONNECTIONS; n++)
    assert.equal((await fetch(at(agent, get), { headers: apart })).status, 404)
})

test('kill -9 of every reader loses nothing that was answered, and others come', async () => {
  await using host = await startHost()
  const files = Array.from({ length: CONNECTIONS }, (_, n) => ({
    fid: n + 1,
    body: randomBytes(5_000),
    put: host.put(n + 1),
  }))
  await using agent = await startApart(host)
  const readers = await childrenOf(agent.pid)
  const acknowledged: typeof files = []
  const putting = files.map(async (file, n) => {
    if (n === CONNECTIONS / 3) for (const pid of readers) process.kill(pid, 'SIGKILL')
    const answer = fetch(at(agent, file.put), { method: 'PUT', body: file.body, headers: apart })
    const response = await answer.catch(() => undefined) // cut off with its reader
    if (response?.status === 201) acknowledged.push(file)
  })
  await Promise.all(putting)
  await untilTrue(async () => {
    const now = await childrenOf(agent.pid)
    return now.length === PROCESSES - 1 && now.every((pid) => !readers.includes(pid))
  }, 'new readers')
  assert.ok(agent.lines.some(({ event }) => event === 'reader.ended'))
  assert.ok(acknowledged.length > 0)
  for (const { fid, body } of acknowledged) assert.deepEqual(await bytesAt(host.fileOf(fid)), body)
})

test('with the primary its readers end, and the next start has all that was stored', async () => {
  await using host = await startHost()
  const put = host.put(1)
  await using agent = await startApart(host)
  const readers = await childrenOf(agent.pid)
  await fetch(at(agent, put), { method: 'PUT', body: 'hello' })
  await agent.end('SIGKILL')
  await untilTrue(async () => {
    const commands = await Promise.all(readers.map((pid) => childrenOf(pid, 'isAlive')))
    return commands.every((alive) => alive.length === 0)
  }, 'the readers have ended')
  await host.start()
  assert.equal(await (await fetch(host.get(1))).text(), 'hello')
})

test('a stop lets go of what is under way, in every process', async () => {
  await using host = await startHost()
  const put = host.put(1)
  await using agent = await startApart(host)
  await fetch(at(agent, put), { method: 'PUT', body: 'hello' })
  assert.equal(await agent.end('SIGTERM'), 0)
  await host.start()
  assert.equal(host.events.count('journal.restored'), 0)
})

test('a port that somebody else has is refused, not shared', async () => {
  await using host = await startHost()
  await using other = await startHost()
  const { port } = new URL(other.agent.url)
  await assert.rejects(startApart(host, { MOG_LISTEN: `127.0.0.1:${port}` }), /ended with 1/)
  createConnection(Number(port)).destroy()
})
