// A host as trackers know one: it enrolls, syncs and signs receipts as an agent does, over the real
// wire protocol. Its disks are sets of fids, so that a test sees every byte that would lie there.
import assert from 'node:assert/strict'
import { parseFidPath } from '#shared/fid-path.ts'
import type { DeviceId, Fid, HostId } from '#shared/ids.ts'
import { MAX_JOBS_PER_SYNC } from '#shared/limits.ts'
import { decodeBase64Url, keyId } from '#shared/mac.ts'
import { type Receipt, signReceipt } from '#shared/receipts.ts'
import { type CheckedTicket, checkTicket, type Ticket, type VersionedKey } from '#shared/tickets.ts'
import {
  type DeviceGauge,
  Enrolled,
  InventoryResponse,
  type LeasedJob,
  PROTOCOL_VERSION,
  type SyncRequest,
  SyncResponse,
  type WireKey,
} from '#shared/wire/agents.ts'
import type { EventLog } from './event-log.ts'
import { type Answer, type Call, call, parseAnswer } from './tracker-call.ts'

export type Report = Partial<Omit<SyncRequest, 'protocol' | 'version' | 'url' | 'devices'>>
type Question =
  | 'sync'
  | 'inventory'
  | 'commit'
  | 'look'
  | 'findings'
  | 'search'
  | 'changed'
  | 'compare'
type Lease = Pick<LeasedJob, 'jobId' | 'attempt'>

export interface Enrollment {
  trackerUrl: string
  token: string
  /** Where clients reach the host. */
  url: string
  devices: number
  events?: EventLog
}

export class StorageHost {
  readonly hostId: HostId
  readonly name: string
  readonly url: string
  readonly deviceIds: readonly DeviceId[]
  /** What it measured last: a test changes it before a sync. */
  readonly gauges: ReadonlyMap<DeviceId, DeviceGauge>
  readonly disks: ReadonlyMap<DeviceId, Set<Fid>>
  /** Which tracker it talks to. */
  trackerUrl: string
  #keys: readonly VersionedKey[] = []
  #keyIds: readonly string[] = []
  readonly #as: Pick<Call, 'key' | 'events'>

  static async enroll(enrollment: Enrollment): Promise<StorageHost> {
    const { trackerUrl, token, url, devices } = enrollment
    const json = { protocol: PROTOCOL_VERSION, token, url, newDevices: devices }
    const answer = await call(`${trackerUrl}/v1/agent/enroll`, 'POST', { key: '', json })
    return new StorageHost(enrollment, parseAnswer(Enrolled, answer))
  }

  private constructor({ trackerUrl, url, events }: Enrollment, enrolled: Enrolled) {
    this.#hold(enrolled.keys)
    this.#as = { key: enrolled.credential, ...(events !== undefined && { events }) }
    this.hostId = enrolled.hostId
    this.name = enrolled.host
    this.url = url
    this.trackerUrl = trackerUrl
    this.deviceIds = enrolled.deviceIds
    this.gauges = new Map(enrolled.deviceIds.map((id) => [id, healthy(id)]))
    this.disks = new Map(enrolled.deviceIds.map((id) => [id, new Set()]))
  }

  /** What the tracker says to any of this host's questions. */
  ask(question: Question, json: unknown): Promise<Answer> {
    const url = `${this.trackerUrl}/v1/agent/${question}`
    return call(url, 'POST', { ...this.#as, json })
  }

  async sync(report: Report = {}): Promise<SyncResponse> {
    const request = {
      protocol: PROTOCOL_VERSION,
      version: 'test',
      url: this.url,
      keyVersion: Math.max(...this.#keys.map(({ version }) => version)),
      keyIds: [...this.#keyIds],
      devices: [...this.gauges.values()],
      want: 0,
      ...report,
    }
    const answer = parseAnswer(SyncResponse, await this.ask('sync', request))
    if (answer.keys !== undefined) this.#hold(answer.keys)
    return answer
  }

  /** Leases jobs, and does nothing about them. */
  async take(want = MAX_JOBS_PER_SYNC): Promise<LeasedJob[]> {
    return (await this.sync({ want })).jobs
  }

  /** Reports success; of a lease that is not current any more, nothing comes. */
  async done(...jobs: readonly Lease[]): Promise<void> {
    await this.sync({ done: jobs.map(leaseOf) })
  }

  async failed(outcome: 'retry' | 'hopeless', ...jobs: readonly Lease[]): Promise<void> {
    const reason = 'because of a test'
    await this.sync({
      failed: jobs.map(({ jobId, attempt }) => ({ jobId, attempt, outcome, reason })),
    })
  }

  /** One turn of an agent among these hosts: leases jobs, does them, reports. Says how many. */
  async work(hosts: readonly StorageHost[]): Promise<number> {
    const jobs = await this.take()
    const { done = [], failed = [] } = Object.groupBy(jobs, (job) =>
      this.#does(job, hosts) ? 'done' : 'failed',
    )
    if (done.length > 0) await this.done(...done)
    if (failed.length > 0) await this.failed('retry', ...failed)
    return jobs.length
  }

  /** False for a copy that no source has. */
  #does(job: LeasedJob, hosts: readonly StorageHost[]): boolean {
    const disk = this.disk(job.deviceId)
    if (job.kind === 'delete') return disk.delete(job.fid) || true
    const isThere = job.sources.some(({ deviceId }) =>
      hosts.some((host) => host.disks.get(deviceId)?.has(job.fid) === true),
    )
    if (isThere) disk.add(job.fid)
    return isThere
  }

  /** Tells the tracker which of these fids lie on a device. */
  async takeStock(deviceId: DeviceId, fromFid: number, toFid: number): Promise<InventoryResponse> {
    const fids = [...this.disk(deviceId)].filter((fid) => fid >= fromFid && fid <= toFid)
    const range = { deviceId, fromFid, toFid, fids }
    return parseAnswer(InventoryResponse, await this.ask('inventory', range))
  }

  /** What a URL of this host allows; refuses as a node does. */
  ticketOf(url: string, method: string, nowMs: number): Ticket {
    const { key: _, ...ticket } = this.#check(url, method, nowMs)
    return ticket
  }

  /** What a node answers to a PUT. */
  receipt(stored: Receipt): string {
    const [key] = this.#keys
    assert.ok(key !== undefined)
    return signReceipt(stored, key)
  }

  /** The same under the key that had signed the URL, as agents do it. */
  receiptAt(url: string, stored: Receipt, nowMs: number): string {
    return signReceipt(stored, this.#check(url, 'PUT', nowMs).key)
  }

  #check(url: string, method: string, nowMs: number): CheckedTicket {
    const { origin, pathname, search } = new URL(url)
    const place = parseFidPath(pathname)
    assert.ok(place !== undefined && origin === this.url, url)
    return checkTicket(search.slice(1), place, method, this.#keys, nowMs)
  }

  #hold(keys: readonly WireKey[]): void {
    this.#keys = keys.map(({ version, key }) => ({ version, key: decodeBase64Url(key) }))
    this.#keyIds = keys.map(({ key }) => keyId(key))
  }

  disk(deviceId: DeviceId): Set<Fid> {
    const disk = this.disks.get(deviceId)
    assert.ok(disk !== undefined, `${this.name} has no device ${deviceId}`)
    return disk
  }
}

const leaseOf = ({ jobId, attempt }: Lease) => ({ jobId, attempt })

const healthy = (deviceId: DeviceId): DeviceGauge => ({
  deviceId,
  condition: 'ok',
  bytesTotal: 1_000_000_000_000,
  bytesFree: 500_000_000_000,
  utilization: 0.1,
})
