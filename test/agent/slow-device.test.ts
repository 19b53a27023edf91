// One of six devices hangs all at once, or answers after 500 ms, and then never: the other five go
// on as if it were not there, and whoever looks is told.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { signedUrl } from '#shared/tickets.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { type AgentProcess, startAgentProcess } from './support/agent-process.ts'
import { type Host, startHost } from './support/host.ts'
import { slowDisk, whyNoSlowDisk } from './support/slow-disk.ts'

const DEVICES = 6
const SLOW = 6
const ROUNDS = 120
const TOO_LATE_MS = 60_000
const Health = z.object({ devices: z.array(z.object({ condition: z.string() })) })

type Verb = 'GET' | 'PUT'

class Clients {
  readonly #host: Host
  readonly #agent: AgentProcess
  readonly #body = randomBytes(4_096)
  #fid = 0

  constructor(host: Host, agent: AgentProcess) {
    this.#host = host
    this.#agent = agent
  }

  nextFid(): number {
    return ++this.#fid
  }

  async ask(verb: Verb, deviceId: number, fid: number): Promise<number> {
    const untilS = Math.floor(Date.now() / 1000) + 3_600
    const ticket = { verb, deviceId: DeviceId.parse(deviceId), fid: Fid.parse(fid), untilS }
    const body = verb === 'PUT' ? this.#body : null
    const url = signedUrl(this.#agent.url, ticket, this.#host.key())
    const answer = await fetch(url, { method: verb, body })
    await answer.arrayBuffer()
    return answer.status
  }

  /** Stores on each of the well devices and reads it back, again and again. Their latencies. */
  async workElsewhere(): Promise<number[]> {
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round++)
      await Promise.all(
        Array.from({ length: DEVICES - 1 }, async (_, n) => {
          const [deviceId, fid] = [n + 1, this.nextFid()]
          const startedMs = performance.now()
          assert.equal(await this.ask('PUT', deviceId, fid), 201)
          assert.equal(await this.ask('GET', deviceId, fid), 200)
          took.push(performance.now() - startedMs)
        }),
      )
    return took.toSorted((a, b) => a - b)
  }
}

const shown = (took: readonly number[]) =>
  [0.5, 0.99].map((share) => `${took[Math.floor(took.length * share)]?.toFixed(1)} ms`).join(', ')

async function startOn(host: Host, workDir: string) {
  const disk = await slowDisk(workDir, join(host.root, `dev${SLOW}`))
  const agent = await startAgentProcess({
    MOG_ROOT: host.root,
    MOG_TRACKER_URL: host.tracker.url,
    MOG_LOG_LEVEL: 'error',
    ...disk.environment,
  })
  return { agent, disk, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() }
}

test('a device that was quick, and hangs all at once, leaves the others alone', {
  skip: await whyNoSlowDisk(),
}, async (t) => {
  await using host = await startHost({ devices: DEVICES })
  await host.stop()
  await using work = await tempDir()
  await using slow = await startOn(host, work.path)
  const { agent, disk } = slow
  const clients = new Clients(host, agent)
  const fid = clients.nextFid()
  assert.equal(await clients.ask('PUT', SLOW, fid), 201)
  await clients.workElsewhere()
  assert.equal(await clients.ask('GET', SLOW, fid), 200)

  await disk.answerAfter('never')
  let answered = 0
  const inVain = Array.from({ length: 16 }, async () => {
    await clients.ask('GET', SLOW, fid)
    answered++
  })
  t.diagnostic(`while it does not answer: ${shown(await clients.workElsewhere())}`)
  assert.ok(answered < inVain.length, 'the others were done before these were given up')

  await disk.answerAfter(0)
  await Promise.all(inVain)
  await clients.workElsewhere()
  await agent.end('SIGKILL')
})

test('a device that says what it has, and not what is in it, leaves the others alone', {
  skip: await whyNoSlowDisk(),
}, async (t) => {
  await using host = await startHost({ devices: DEVICES })
  await host.stop()
  await using work = await tempDir()
  await using slow = await startOn(host, work.path)
  const { agent, disk } = slow
  const clients = new Clients(host, agent)
  const fid = clients.nextFid()
  assert.equal(await clients.ask('PUT', SLOW, fid), 201)
  await clients.workElsewhere()
  for (const ms of [150, 'never'] as const) {
    assert.equal(await clients.ask('GET', SLOW, fid), 200)
    await disk.answerReadsAfter(ms)
    let answered = 0
    const asking = Array.from({ length: 64 }, async () => {
      await clients.ask('GET', SLOW, fid)
      answered++
    })
    t.diagnostic(`while it reads after ${ms} ms: ${shown(await clients.workElsewhere())}`)
    if (ms === 'never') assert.ok(answered < asking.length, 'the others were done before these')
    await disk.answerAfter(0)
    await Promise.all(asking)
  }
  await clients.workElsewhere()
  await agent.end('SIGKILL')
})

test('a device that is slow, and then hangs, leaves the others alone', {
  skip: await whyNoSlowDisk(),
}, async (t) => {
  await using host = await startHost({ devices: DEVICES })
  await host.stop()
  await using work = await tempDir()
  await using slow = await startOn(host, work.path)
  const { agent, disk } = slow
  const clients = new Clients(host, agent)
  const first = clients.nextFid()
  assert.equal(await clients.ask('PUT', SLOW, first), 201)
  const before = await clients.workElsewhere()
  t.diagnostic(`a PUT and a GET elsewhere, median and 99th: ${shown(before)}`)

  await disk.answerAfter(500)
  let answeredSlowly = 0
  const slowly = Array.from({ length: 8 }, async () => {
    await clients.ask('GET', SLOW, first)
    answeredSlowly++
  })
  t.diagnostic(`while one answers after 500 ms: ${shown(await clients.workElsewhere())}`)
  await Promise.all(slowly)
  assert.equal(answeredSlowly, 8, 'slow is not gone')

  await disk.answerAfter('never')
  let isHanging = true
  let refused = 0
  const inVain = Array.from({ length: 30 }, async (_, n) => {
    const verb = n % 2 === 0 ? 'GET' : 'PUT'
    const status = await clients.ask(verb, SLOW, verb === 'GET' ? first : clients.nextFid())
    if (isHanging) assert.equal(status, 503)
    refused++
  })
  t.diagnostic(`while it never answers: ${shown(await clients.workElsewhere())}`)
  assert.ok(refused < inVain.length, 'the others were done before these were given up')

  // the tracker hears it, and chooses it no more; whoever asks is answered
  const from = host.tracker.syncs.length
  const gauge = await host.tracker.heard(() =>
    host.tracker.syncs
      .slice(from)
      .flatMap(({ devices }) => devices)
      .find(({ deviceId, condition }) => deviceId === SLOW && condition === 'fenced'),
  )
  assert.equal(gauge.reason, 'does not answer')
  const health = await fetch(`${agent.url}/health`, { signal: AbortSignal.timeout(TOO_LATE_MS) })
  const { devices } = Health.parse(await health.json())
  const conditions = devices.map(({ condition }) => condition)
  assert.deepEqual(conditions, ['ok', 'ok', 'ok', 'ok', 'ok', 'fenced'])
  assert.equal(await clients.ask('PUT', SLOW, clients.nextFid()), 503)

  isHanging = false
  await disk.answerAfter(0) // or its threads would never end
  await Promise.all(inVain)
  await agent.end('SIGKILL')
})
