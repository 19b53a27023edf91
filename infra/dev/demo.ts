// The main job on real files, watched: store, replicate, fetch, lose a node, fetch, heal, verify,
// delete, and look at the disks. Anything that is not as promised makes it end with 1.
import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { progressBar } from '#infra/cli/progress-bar.ts'
import { fidPath } from '#shared/fid-path.ts'
import type { DeviceId, Fid } from '#shared/ids.ts'
import type { AgentProcess } from './agent-process.ts'
import type { Cluster } from './cluster.ts'
import type { DemoFile } from './demo-files.ts'

interface Step {
  what: string
  expected: number
  seen: number
  seconds: number
}

const COPIES = 2
const AT_ONCE = 16
const POLL_MS = 100
const PATIENCE_MS = 120_000

/** The exit code: 0 when everything was as promised. */
export async function runDemo(cluster: Cluster, files: readonly DemoFile[]): Promise<number> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  console.log(`\n${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${COPIES} copies each\n`)

  const show = new Demo(cluster, files)
  const stored = await show.step('stored', () => show.all('storing', (file) => show.store(file)))
  if (!stored) return show.report() // the rest would only wait for what will not come
  await show.step('on two hosts', () => show.untilAll('replicating', (file) => show.isSpread(file)))
  await show.step('fetched, identical', () => show.all('fetching', (file) => show.fetch(file)))
  await show.step('fetched while an agent is killed', () => show.fetchDuringKill())
  await show.step('fetched with that agent gone', () =>
    show.all('fetching', (file) => show.fetch(file)),
  )
  await show.markDead()
  await show.step('healed onto living hosts', () =>
    show.untilAll('healing', (file) => show.isSpread(file)),
  )
  await show.step('every copy verified', () => show.all('verifying', (file) => show.verify(file)))
  const places = await show.places()
  await show.step('deleted', () => show.all('deleting', (file) => show.remove(file)))
  await show.step('gone from the disks', () =>
    show.untilAll('erasing', (file) => show.isErased(places.get(file.key) ?? [])),
  )
  return show.report()
}

class Demo {
  readonly #cluster: Cluster
  readonly #files: readonly DemoFile[]
  readonly #steps: Step[] = []
  #victim: AgentProcess | undefined

  constructor(cluster: Cluster, files: readonly DemoFile[]) {
    this.#cluster = cluster
    this.#files = files
  }

  get #domain() {
    return this.#cluster.client.domain(this.#cluster.description.domain)
  }

  /** Whether it went as promised. */
  async step(what: string, work: () => Promise<number>): Promise<boolean> {
    const begun = performance.now()
    const seen = await work()
    const seconds = (performance.now() - begun) / 1000
    const expected = this.#files.length
    this.#steps.push({ what, expected, seen, seconds })
    return seen === expected
  }

  /** How many files the work said yes to. The others are shown, with what it threw. */
  async all(label: string, work: (file: DemoFile) => Promise<boolean>): Promise<number> {
    const bar = progressBar({ label, total: this.#files.length, unit: 'files' })
    const queue = this.#files.values()
    let good = 0
    const worker = async () => {
      for (const file of queue) {
        const failure = await failureOf(work, file)
        if (failure === undefined) good += 1
        else console.error(`\n${file.key}: ${failure}`)
        bar.advance(1)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    bar.done()
    return good
  }

  /** Asks about the rest again and again until there is none or patience ends. */
  async untilAll(label: string, isDone: (file: DemoFile) => Promise<boolean>): Promise<number> {
    const bar = progressBar({ label, total: this.#files.length, unit: 'files' })
    const deadline = performance.now() + PATIENCE_MS
    let open = [...this.#files]
    let failures: (string | undefined)[] = []
    while (open.length > 0 && performance.now() < deadline) {
      const answers = await Promise.all(open.map((file) => failureOf(isDone, file)))
      const before = open.length
      open = open.filter((_, at) => answers[at] !== undefined)
      failures = answers.filter((answer) => answer !== undefined)
      bar.advance(before - open.length)
      if (open.length > 0) await delay(POLL_MS)
    }
    bar.done()
    for (const [at, { key }] of open.entries()) console.error(`${key}: ${failures[at]}`)
    return this.#files.length - open.length
  }

  async store(file: DemoFile): Promise<boolean> {
    const stored = await this.#domain.put(file.key, await readFile(file.path))
    return stored.bytes === file.bytes && stored.checksum === file.checksum
  }

  async fetch(file: DemoFile): Promise<boolean> {
    const response = await this.#domain.get(file.key)
    return (await checksumOf(response)) === file.checksum
  }

  /** Every copy by its own URL. */
  async verify(file: DemoFile): Promise<boolean> {
    const { paths } = await this.#domain.paths(file.key, { noverify: true, count: 10 })
    const sums = await Promise.all(paths.map(async (url) => checksumOf(await fetch(url))))
    return sums.length === COPIES && sums.every((sum) => sum === file.checksum)
  }

  async remove(file: DemoFile): Promise<boolean> {
    await this.#domain.delete(file.key)
    return true
  }

  /** On as many different living hosts as the class asks for. */
  async isSpread({ key }: DemoFile): Promise<boolean> {
    const { deviceIds } = await this.#domain.info(key)
    const living = this.#cluster.agents.filter((agent) => agent !== this.#victim)
    const hosts = living.filter(({ devices }) =>
      devices.some(({ deviceId }) => deviceIds.some((id) => id === deviceId)),
    )
    return hosts.length >= COPIES
  }

  async fetchDuringKill(): Promise<number> {
    const victim = this.#cluster.agents[0]
    if (victim === undefined) return 0
    this.#victim = victim
    let fetched = 0
    return this.all('fetching', async (file) => {
      fetched += 1
      if (fetched === Math.ceil(this.#files.length / 3)) victim.signal('SIGKILL')
      return this.fetch(file)
    })
  }

  async markDead(): Promise<void> {
    for (const { deviceId } of this.#victim?.devices ?? [])
      await this.#cluster.admin.admin.devices.change(deviceId, { state: 'dead' })
  }

  /** Where each file's copies lie on living disks. */
  async places(): Promise<Map<string, string[]>> {
    const living = this.#cluster.agents.filter((agent) => agent !== this.#victim)
    const places = new Map<string, string[]>()
    for (const { key } of this.#files) {
      const { fid, deviceIds } = await this.#domain.info(key)
      places.set(
        key,
        living.flatMap(({ root, devices }) => pathsOn(root, devices, fid, deviceIds)),
      )
    }
    return places
  }

  async isErased(places: readonly string[]): Promise<boolean> {
    const there = await Promise.all(places.map(exists))
    return places.length >= COPIES && !there.includes(true)
  }

  report(): number {
    console.log(`\n${'step'.padEnd(34)}${'files'.padStart(12)}${'seconds'.padStart(10)}`)
    for (const { what, expected, seen, seconds } of this.#steps) {
      const verdict = seen === expected ? 'ok' : 'NOT AS PROMISED'
      const count = `${seen}/${expected}`.padStart(12)
      console.log(`${what.padEnd(34)}${count}${seconds.toFixed(1).padStart(10)}  ${verdict}`)
    }
    return this.#steps.every(({ expected, seen }) => seen === expected) ? 0 : 1
  }
}

/** Undefined when the work says yes. */
const failureOf = (work: (file: DemoFile) => Promise<boolean>, file: DemoFile) =>
  work(file).then(
    (yes) => (yes ? undefined : 'not as promised'),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

const pathsOn = (
  root: string,
  devices: AgentProcess['devices'],
  fid: Fid,
  deviceIds: readonly DeviceId[],
) =>
  deviceIds
    .filter((id) => devices.some(({ deviceId }) => deviceId === id))
    .map((id) => join(root, fidPath(id, fid)))

async function checksumOf(response: Response): Promise<string> {
  const hash = createHash('sha256')
  const bytes: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined
  for await (const chunk of bytes ?? []) hash.update(chunk)
  return response.ok ? `SHA-256:${hash.digest('hex')}` : `status ${response.status}`
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
