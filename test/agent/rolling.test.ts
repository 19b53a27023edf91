// An agent that is replaced while clients store and fetch: nobody is refused, nothing is lost, and
// whatever is killed on the way costs what a kill of any agent costs.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { DeviceId, Fid } from '#shared/ids.ts'
import { signedUrl } from '#shared/tickets.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { type Host, startHost } from './support/host.ts'
import { killIfThere, RollingAgent } from './support/rolling-agent.ts'
import { send, Traffic, type Urls } from './support/traffic.ts'

/** Between two reloads, so that they meet connections of every age. */
const FILES = 24

function urlsAt(agent: { url: string }, host: Host): Urls {
  const key = host.key()
  const untilS = Math.floor(Date.now() / 1_000) + 3_600
  const url = (verb: 'GET' | 'PUT', fid: number) =>
    signedUrl(agent.url, { verb, deviceId: DeviceId.parse(1), fid: Fid.parse(fid), untilS }, key)
  return { put: (fid) => url('PUT', fid), get: (fid) => url('GET', fid) }
}

test('replaced again and again, an agent refuses no request and loses nothing', async () => {
  await using host = await startHost()
  await using agent = await RollingAgent.start(host)
  await using traffic = new Traffic(urlsAt(agent, host))
  for (let n = 1; n <= 2; n++) {
    await traffic.more(FILES)
    const { code, stdout, stderr } = await agent.reload()
    assert.equal(code, 0, stderr)
    await untilTrue(() => agent.pids.length === n + 1, 'the successor has said who it is')
    assert.equal(stdout, `process ${agent.pid} is the agent now\n`)
  }
  await traffic.more(FILES)
  await traffic.stop()
  assert.deepEqual(traffic.failures, [])
  assert.deepEqual(await traffic.missing(), [])
  // those before have ended by themselves, when their last connection had
  for (const pid of agent.pids.slice(0, -1)) await agent.untilGone(pid)
  process.kill(agent.pid, 'SIGTERM')
  await agent.untilGone(agent.pid)
  await host.start()
  assert.equal(host.events.count('journal.restored'), 0)
})

test('several processes are replaced by more, and by fewer', async () => {
  await using host = await startHost()
  await using agent = await RollingAgent.start(host, { MOG_PROCESSES: '3' })
  await using traffic = new Traffic(urlsAt(agent, host))
  for (const processes of [1, 2]) {
    await traffic.more(FILES)
    await agent.configure({ MOG_PROCESSES: String(processes) })
    const { code, stderr } = await agent.reload()
    assert.equal(code, 0, stderr)
  }
  await traffic.more(FILES)
  await traffic.stop()
  assert.deepEqual(traffic.failures, [])
  assert.deepEqual(await traffic.missing(), [])
})

test('what cannot start replaces nobody, and the command says so', async () => {
  await using host = await startHost()
  await using agent = await RollingAgent.start(host)
  await using traffic = new Traffic(urlsAt(agent, host))
  const before = agent.pid
  const kept = () => agent.first.lines.filter(({ event }) => event === 'agent.kept').length
  await agent.configure({ MOG_LISTENS: '127.0.0.1:1' })
  const refused = await agent.reload()
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /MOG_LISTENS/)
  process.kill(agent.pid, 'SIGHUP')
  await untilTrue(() => kept() === 1, 'nobody has taken over')
  await agent.configure({ MOG_SIDE_LISTEN: new URL(host.tracker.url).host }) // another's
  const { code, stderr } = await agent.reload()
  assert.equal(code, 1)
  assert.match(stderr, /the agent goes on as it was: a new process could not start/)
  assert.equal(agent.pid, before)
  await agent.configure({})
  assert.equal((await agent.reload()).code, 0)
  await traffic.more(10)
  await traffic.stop()
  assert.deepEqual(traffic.failures, [])
  assert.deepEqual(await traffic.missing(), [])
})

test('a store that pauses is waited for, and what comes meanwhile waits, too', async () => {
  await using host = await startHost()
  await using agent = await RollingAgent.start(host)
  const urls = urlsAt(agent, host)
  const [slow, quick] = [randomBytes(300_000), randomBytes(5_000)]
  const resume = Promise.withResolvers<undefined>()
  const paused = Promise.withResolvers<undefined>()
  const pause = () => {
    paused.resolve(undefined)
    return resume.promise
  }
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  const putting = send(urls.put(1), { method: 'PUT', agent: false, body: slow, pause })
  await send(urls.put(2), { method: 'PUT', agent: kept, body: quick })
  await paused.promise
  process.kill(agent.pid, 'SIGHUP')
  const reads: number[] = []
  await untilTrue(async () => {
    reads.push((await send(urls.get(2), { method: 'GET', agent: false })).status)
    return reads.length > 20
  }, 'reads go on')
  const waiting = send(urls.put(3), { method: 'PUT', agent: kept, body: quick })
  resume.resolve(undefined)
  assert.equal((await putting).status, 201)
  assert.equal((await waiting).status, 201)
  await untilTrue(() => agent.pids.length === 2, 'the successor is the agent')
  assert.deepEqual(new Set(reads), new Set([200]))
  for (const [fid, body] of [
    [1, slow],
    [2, quick],
    [3, quick],
  ] as const)
    assert.deepEqual((await send(urls.get(fid), { method: 'GET', agent: kept })).body, body)
  kept.destroy()
})

test('kill -9 of either at any moment of it loses nothing that was answered', async () => {
  await using host = await startHost()
  for (const [round, who] of ['old', 'new', 'old', 'new'].entries()) {
    await using agent = await RollingAgent.start(host)
    await using traffic = new Traffic(urlsAt(agent, host), 1 + round * 1_000_000)
    await traffic.more(5)
    process.kill(agent.pid, 'SIGHUP')
    const successors = await agent.untilSuccessors()
    await traffic.more(Math.ceil(Math.random() * 20))
    for (const pid of who === 'old' ? [agent.pid] : successors) killIfThere(pid)
    await traffic.stop()
    await agent[Symbol.asyncDispose]()
    for (const pid of successors) {
      killIfThere(pid)
      await agent.untilGone(pid)
    }
    await host.start()
    const again = urlsAt(host.agent, host)
    assert.deepEqual(await traffic.missing(again), [])
  }
})
