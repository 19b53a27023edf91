// What a crash leaves: `kill -9`, and a power cut, for which we take away what was not fsynced yet.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { isBehind } from '#agent/disk/journal/behind.ts'
import { type AgentProcess, runAgent, startAgentProcess } from './support/agent-process.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { deleteJob } from './support/jobs.ts'

/** The agent of a host in a process of its own, instead of ours. */
async function startApart(host: Host): Promise<AgentProcess> {
  return startAgentProcess({
    MOG_ROOT: host.root,
    MOG_TRACKER_URL: host.tracker.url,
    MOG_LOG_LEVEL: 'debug',
  })
}

const at = (agent: AgentProcess, url: string) => {
  const { pathname, search } = new URL(url)
  return `${agent.url}${pathname}${search}`
}

const device = (host: Host, name: string) => join(host.root, 'dev1', name)

test('kill -9 amid a PUT leaves no file, and its temp file goes with the next start', async () => {
  await using host = await startHost()
  const put = host.put(1)
  await host.stop()
  await using agent = await startApart(host)
  const { pathname, search } = new URL(put)
  const { port, hostname } = new URL(agent.url)
  const socket = connect(Number(port), hostname)
  const closed = new Promise((resolve) => socket.once('error', resolve).once('close', resolve))
  const head = `PUT ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-length: 90000000\r\n\r\n`
  socket.write(head)
  while ((await tempFiles(host)).length === 0) await new Promise(setImmediate)
  socket.write(randomBytes(5_000_000))
  await agent.end('SIGKILL')
  await closed

  assert.equal((await tempFiles(host)).length, 1)
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
  await host.start()
  assert.deepEqual(await tempFiles(host), [])
})

const tempFiles = (host: Host) => readdir(device(host, 'tmp'))

test('small files that a power cut took or tore are there again after the start', async () => {
  await using host = await startHost()
  const puts = Array.from({ length: 50 }, (_, n) => ({
    fid: n + 1,
    put: host.put(n + 1),
    body: `${n}`,
  }))
  await host.stop()
  await using agent = await startApart(host)
  for (const { put, body } of puts) {
    const { status } = await fetch(at(agent, put), { method: 'PUT', body })
    assert.equal(status, 201)
  }
  await agent.end('SIGKILL')
  // in a power cut the journal is what is certain
  for (const { fid } of puts.slice(0, 20)) await rm(host.fileOf(fid))
  for (const { fid } of puts.slice(20, 30)) await truncate(host.fileOf(fid))
  for (const { fid } of puts.slice(30, 35)) await writeFile(host.fileOf(fid), 'torn')
  assert.equal(await isBehind(device(host, '')), true, 'were it read-only, it could not be read')

  await host.start()
  assert.equal(await isBehind(device(host, '')), false)
  for (const { fid, body } of puts) assert.equal(String(await bytesAt(host.fileOf(fid))), body)
  assert.deepEqual(await host.events.next('journal.restored'), { deviceId: 1, files: 35 })
})

test('a file that was erased before a power cut stays erased', async () => {
  await using host = await startHost()
  const put = host.put(1)
  await host.stop()
  await using agent = await startApart(host)
  await fetch(at(agent, put), { method: 'PUT', body: 'hello' })
  const job = deleteJob(1)
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
  await agent.end('SIGKILL')
  await host.start()
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
})

test('a journal of another device, or one that is damaged, restores nothing', async () => {
  await using host = await startHost()
  const put = host.put(1)
  await host.stop()
  await using agent = await startApart(host)
  await fetch(at(agent, put), { method: 'PUT', body: 'hello' })
  await agent.end('SIGKILL')
  await rm(host.fileOf(1))
  await writeFile(device(host, 'journal/1'), randomBytes(10_000))
  await host.start()
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
  assert.equal((await fetch(host.put(2), { method: 'PUT', body: 'hello' })).status, 201)
})

test('more small files than the journal holds are stored and survive', async () => {
  await using host = await startHost()
  const body = randomBytes(64 * 1024)
  const puts = Array.from({ length: 700 }, (_, n) => ({ fid: n + 1, put: host.put(n + 1) }))
  await host.stop()
  await using agent = await startApart(host)
  const answers = await Promise.all(
    puts.map(({ put }) => fetch(at(agent, put), { method: 'PUT', body })),
  )
  assert.ok(answers.every(({ status }) => status === 201))
  await agent.end('SIGKILL')
  await host.start()
  for (const { fid } of puts) assert.deepEqual(await bytesAt(host.fileOf(fid)), body)
})

test('a stop on SIGTERM finishes what is under way and leaves nothing to repair', async () => {
  await using host = await startHost()
  const [small, large] = [host.put(1), host.put(2)]
  await host.stop()
  await using agent = await startApart(host)
  await fetch(at(agent, small), { method: 'PUT', body: 'hello' })
  const { readable, writable } = new TransformStream<Uint8Array>()
  const putting = fetch(at(agent, large), { method: 'PUT', body: readable, duplex: 'half' })
  const writer = writable.getWriter()
  await writer.write(Buffer.alloc(100_000))
  while ((await tempFiles(host)).length === 0) await new Promise(setImmediate)
  const ended = agent.end('SIGTERM')
  await writer.close()
  assert.equal((await putting).status, 201)
  assert.equal(await ended, 0)
  assert.ok(agent.lines.some(({ event }) => event === 'agent.stopping'))
  await host.start()
  assert.equal(host.events.count('journal.restored'), 0)
  assert.equal(String(await bytesAt(host.fileOf(1))), 'hello')
})

test('a root is served by one agent at a time', async () => {
  await using host = await startHost()
  const { root, tracker } = host
  const environment = {
    MOG_ROOT: root,
    MOG_TRACKER_URL: tracker.url,
    MOG_LISTEN: '127.0.0.1:0',
  }
  const { code, stderr } = await runAgent([], environment)
  assert.equal(code, 1)
  assert.match(stderr, /another agent serves/)
  await host.stop()
  await using agent = await startApart(host)
  await assert.rejects(host.start(), /another agent serves/)
  await agent.end('SIGKILL')
  await host.start()
})
