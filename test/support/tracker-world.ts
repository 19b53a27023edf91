// The world of a tracker's test (world.ts makes it), and what a test does in it: asks trackers over
// HTTP, stores files, moves time, looks into the database.
import assert from 'node:assert/strict'
import pg from 'pg'
import type * as z from 'zod'
import type { ServedTracker } from '#infra/serve/serve-tracker.ts'
import { Checksum, type DeviceId, type Fid } from '#shared/ids.ts'
import { hashSecret } from '#shared/mac.ts'
import { AddedHost } from '#shared/wire/admin.ts'
import type { DeviceGauge } from '#shared/wire/agents.ts'
import { Closed, type OpenRequest, Upload } from '#shared/wire/uploads.ts'
import { VIEW_TTL_MS } from '#tracker/cluster-view.ts'
import { runSweeps } from '#tracker/sweeps/run-sweeps.ts'
import type { EventLog } from './event-log.ts'
import { StorageHost } from './storage-host.ts'
import type { TestClock } from './test-clock.ts'
import { type Answer, type Call, call, type Method, parseAnswer } from './tracker-call.ts'

interface Parts {
  databaseUrl: string
  adminKey: string
  clock: TestClock
  events: EventLog
  trackers: readonly ServedTracker[]
  pool: pg.Pool
}

/** Of a request: another key than the admin's, another tracker than the first. */
type Ask = Partial<Call> & { at?: number }

/** What an upload turns into when its bytes are on a disk. */
export interface StoredFile {
  fid: Fid
  deviceId: DeviceId
  bytes: number
  checksum: Checksum
}

const MANY_ROUNDS = 100
const INT8 = 20
const types = new pg.TypeOverrides()
types.setTypeParser(INT8, Number)

/** The size and the checksum of a text, as a node measures them. */
export const measured = (text: string): Pick<StoredFile, 'bytes' | 'checksum'> => ({
  bytes: Buffer.byteLength(text),
  checksum: Checksum.parse(`SHA-256:${hashSecret(text)}`),
})

export class World {
  readonly databaseUrl: string
  readonly adminKey: string
  readonly clock: TestClock
  readonly events: EventLog
  readonly trackers: readonly ServedTracker[]
  readonly hosts: StorageHost[] = []
  readonly #pool: pg.Pool
  readonly #made: AsyncDisposableStack

  constructor(parts: Parts, made: AsyncDisposableStack) {
    this.databaseUrl = parts.databaseUrl
    this.adminKey = parts.adminKey
    this.clock = parts.clock
    this.events = parts.events
    this.trackers = parts.trackers
    this.#pool = parts.pool
    this.#made = made
  }

  tracker(at = 0): ServedTracker {
    const tracker = this.trackers[at]
    assert.ok(tracker !== undefined, `there is no tracker ${at}`)
    return tracker
  }

  /** By its place in the order of adding. */
  host(index: number): StorageHost {
    const host = this.hosts[index]
    assert.ok(host !== undefined, `there is no host ${index}`)
    return host
  }

  hostOf(deviceId: number): StorageHost {
    const host = this.hosts.find(({ deviceIds }) => deviceIds.some((id) => id === deviceId))
    assert.ok(host !== undefined, `no host has device ${deviceId}`)
    return host
  }

  /** `path` begins with `/`. */
  call(method: Method, path: string, { at = 0, ...ask }: Ask = {}): Promise<Answer> {
    const { adminKey: key, events } = this
    return call(`${this.tracker(at).url}${path}`, method, { key, events, ...ask })
  }

  /** The body of an answer that must be a success. */
  async ask<Schema extends z.ZodType>(
    schema: Schema,
    method: Method,
    path: string,
    ask: Ask = {},
  ): Promise<z.output<Schema>> {
    return parseAnswer(schema, await this.call(method, path, ask))
  }

  open(key: string, request: Omit<Partial<OpenRequest>, 'key'> = {}, at = 0): Promise<Upload> {
    const json = { key, ...request }
    return this.ask(Upload, 'POST', '/v1/domains/demo/uploads', { json, at })
  }

  /** PUTs a text to one of the upload's targets, the first unless told. */
  write(upload: Upload, text: string, target = 0): StoredFile {
    const deviceId = upload.targets[target]?.deviceId
    assert.ok(deviceId !== undefined, `the upload has no target ${target}`)
    this.hostOf(deviceId).disk(deviceId).add(upload.fid)
    return { fid: upload.fid, deviceId, ...measured(text) }
  }

  /** Closes an upload with the receipt of the node that stored it. */
  close(stored: StoredFile, at = 0): Promise<Answer> {
    const { fid, deviceId } = stored
    const json = { deviceId, receipt: this.hostOf(deviceId).receipt(stored) }
    return this.call('POST', `/v1/domains/demo/uploads/${fid}/close`, { json, at })
  }

  /** Opens, writes and closes. */
  async put(
    key: string,
    text = key,
    request: Omit<Partial<OpenRequest>, 'key'> = {},
    at = 0,
  ): Promise<StoredFile> {
    const stored = this.write(await this.open(key, request, at), text)
    parseAnswer(Closed, await this.close(stored, at))
    return stored
  }

  async sql<Row extends object>(text: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.#pool.query<Row>({ text, values, types })).rows
  }

  /** Changes settings as an operator does. */
  async set(settings: Record<string, number | string | null>): Promise<void> {
    const { status, body } = await this.call('PATCH', '/v1/admin/settings', { json: settings })
    assert.equal(status, 200, JSON.stringify(body))
    this.look()
  }

  /** Marks a device or a host as an operator does. */
  async mark(what: 'devices' | 'hosts', name: number | string, state: string): Promise<void> {
    const { status } = await this.call('PATCH', `/v1/admin/${what}/${name}`, { json: { state } })
    assert.equal(status, 200)
    this.look()
  }

  /** Has a host find its device changed, and report it. */
  async measure(deviceId: DeviceId, change: Partial<DeviceGauge>): Promise<void> {
    const host = this.hostOf(deviceId)
    const gauge = host.gauges.get(deviceId)
    assert.ok(gauge !== undefined)
    Object.assign(gauge, change)
    await host.sync()
    this.look()
  }

  /** What the trackers remember of the cluster is too old now: they read it anew. */
  look(): void {
    this.clock.advance(VIEW_TTL_MS)
  }

  /** Adds a host over the API, and enrolls its agent, which reports healthy disks. */
  async addHost(devices = 1, url?: string): Promise<StorageHost> {
    const number = this.hosts.length + 1
    const json = { name: `host-${number}` }
    const added = await this.ask(AddedHost, 'POST', '/v1/admin/hosts', { json })
    const host = await StorageHost.enroll({
      trackerUrl: this.tracker().url,
      events: this.events,
      token: added.enrollmentToken,
      url: url ?? `http://127.0.1.${number}:7500`,
      devices,
    })
    await host.sync()
    this.hosts.push(host)
    this.look()
    return host
  }

  /** One pass of all sweeps. One that fails fails the test. */
  async sweep(at = 0): Promise<void> {
    await this.sql(`update sweep set next_at = '-infinity'`)
    await runSweeps(this.tracker(at).deps)
    this.events.throwErrors()
  }

  /** Every host works until its queue is empty; says whether there was anything to do. */
  async work(): Promise<boolean> {
    const done = await Promise.all(this.hosts.map((host) => host.work(this.hosts)))
    return done.some((jobs) => jobs > 0) && ((await this.work()) || true)
  }

  /** Sweeps and works until there is nothing left to do. */
  async settle(): Promise<void> {
    for (let round = 0; round < MANY_ROUNDS; round++) {
      this.look()
      await this.sweep()
      const hasWorked = await this.work()
      const waiting = await this.sql(`
        select fid from tombstone union all select fid from shortfall where try_at <= now()`)
      if (!hasWorked && waiting.length === 0) return
    }
    assert.fail(`still at work after ${MANY_ROUNDS} rounds`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#made.disposeAsync()
    this.events.throwErrors()
  }
}
