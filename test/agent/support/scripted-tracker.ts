// A tracker as an agent sees it: a real HTTP server that speaks the wire protocol. It keeps what it
// was told, parsed by the protocol's own schemas, and answers what the test has laid out.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { DeviceId, Fid, HostId, type JobId } from '#shared/ids.ts'
import { encodeBase64Url, newSecret } from '#shared/mac.ts'
import { Problem, problemDocument } from '#shared/problems.ts'
import {
  CommitRequest,
  type DeviceOrder,
  EnrollRequest,
  InventoryRequest,
  type LeasedJob,
  SyncRequest,
  type SyncResponse,
  type WireKey,
  type WorkPace,
} from '#shared/wire/agents.ts'
import { ChangedRequest, type ChangedResponse, CompareRequest } from '#shared/wire/catalogue.ts'
import {
  FindingsRequest,
  type LookWindow,
  SearchRequest,
  type SearchResponse,
  WindowRequest,
} from '#shared/wire/looks.ts'

export class ScriptedTracker implements AsyncDisposable {
  readonly clusterId = randomUUID()
  readonly credential = newSecret('agent')
  readonly hostId = HostId.parse(7)
  keys: WireKey[] = [newKey(1)]
  devices: DeviceOrder[] = []
  /** Handed out by the next sync that wants any. */
  jobs: LeasedJob[] = []
  settledFid = 0
  /** Sent with every sync. */
  pace: WorkPace | undefined
  /** Handed out to whoever looks, until they are reported to their end. */
  windows: LookWindow[] = []
  /** Copy by copy, another run is handed out. */
  listedFsckId: number | undefined
  /** Of damaged copies, those that are said to be their files' last. */
  lastCopies: number[] = []
  lost: SearchResponse['files'] = []
  /** What the cluster is. Until it is set, this tracker knows of no catalogues. */
  definitions: string | undefined
  /** What this tracker's clock is ahead of ours. */
  aheadMs = 0
  pollAfterMs = 20
  /** Thrown instead of an answer. */
  refusal: Problem | undefined
  /** Whether it answers GET /health as a tracker does whose database is there. */
  isHealthy = false
  /** Heard and acted upon, but the connection is cut before the answer. */
  answersToLose = 0

  readonly enrollments: EnrollRequest[] = []
  readonly syncs: SyncRequest[] = []
  readonly inventories: InventoryRequest[] = []
  readonly commits: CommitRequest[] = []
  readonly findings: FindingsRequest[] = []
  /** Asked for copy by copy. */
  readonly listings: WindowRequest[] = []
  readonly searches: SearchRequest[] = []
  readonly comparisons: CompareRequest[] = []
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #watchers = new Set<() => void>()

  static async start(): Promise<ScriptedTracker> {
    const tracker = new ScriptedTracker()
    tracker.#server.listen(0, '127.0.0.1')
    await once(tracker.#server, 'listening')
    return tracker
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  /** Resolves when what was told so far, or is told from now on, satisfies the question. */
  async heard<Found>(question: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = question()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  /** The outcome that was reported for a job. */
  outcomeOf(jobId: JobId): Promise<string> {
    return this.heard(() => {
      const failed = this.syncs.flatMap((sync) => sync.failed).find((each) => each.jobId === jobId)
      if (failed !== undefined) return `${failed.outcome}: ${failed.reason}`
      return this.syncs.some(({ done }) => done.some((each) => each.jobId === jobId))
        ? 'done'
        : undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/health') return void response.writeHead(this.isHealthy ? 200 : 503).end()
    const told = await json(request)
    try {
      const answer = this.#hear(request, told)
      if (this.answersToLose > 0) {
        this.answersToLose--
        response.destroy()
      } else
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem('invalid_request')
      response
        .writeHead(problem.entry.status, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify(problemDocument(problem, 'scripted')))
    }
    for (const wake of this.#watchers) wake()
    this.#watchers.clear()
  }

  #hear({ url, headers }: IncomingMessage, told: unknown): unknown {
    if (this.refusal !== undefined) throw this.refusal
    if (url === '/v1/agent/enroll') return this.#enroll(EnrollRequest.parse(told))
    if (headers.authorization !== `Bearer ${this.credential}`) throw new Problem('unauthorized')
    if (url === '/v1/agent/sync') return this.#sync(SyncRequest.parse(told))
    if (url === '/v1/agent/inventory') return this.#take(InventoryRequest.parse(told))
    if (url === '/v1/agent/look') return { window: this.#windowFor(WindowRequest.parse(told)) }
    if (url === '/v1/agent/findings') return this.#note(FindingsRequest.parse(told))
    if (url === '/v1/agent/search') return this.#search(SearchRequest.parse(told))
    if (url === '/v1/agent/commit') return this.#close(CommitRequest.parse(told))
    if (this.definitions === undefined) throw new Problem('unknown_route')
    if (url === '/v1/agent/changed') return this.#tellChanges(ChangedRequest.parse(told))
    if (url === '/v1/agent/compare') return this.#compare(CompareRequest.parse(told))
    throw new Problem('unknown_route')
  }

  #take(ask: InventoryRequest) {
    this.inventories.push(ask)
    const device = this.devices.find(({ deviceId }) => deviceId === ask.deviceId)
    if (device !== undefined) device.sweptFid = ask.toFid
    return { strays: 0, sweptFid: ask.toFid }
  }

  #windowFor(ask: WindowRequest): LookWindow | null {
    const [window] = ask.deviceId === 1 ? this.windows : []
    if (window === undefined || ask.digests === true) return window ?? null
    this.listings.push(ask)
    const { ranges: _, copies, fromFid, ...rest } = window
    const toFid = ask.toFid ?? window.toFid
    const its = copies.filter(({ fid }) => fid >= fromFid && fid <= toFid)
    const fsckId = this.listedFsckId ?? rest.fsckId
    return { ...rest, fsckId, fromFid, toFid, copies: its }
  }

  #note(ask: FindingsRequest) {
    this.findings.push(ask)
    const [window, ...rest] = this.windows
    if (window !== undefined && ask.toFid < window.toFid) window.fromFid = Fid.parse(ask.toFid + 1)
    else this.windows = rest
    const damaged = ask.findings.filter(({ code }) => code !== 'UNKN')
    return { kept: damaged.map(({ fid }) => fid).filter((fid) => this.lastCopies.includes(fid)) }
  }

  #search(ask: SearchRequest): SearchResponse {
    this.searches.push(ask)
    if (ask.searched !== undefined) this.lost = []
    const fromNo = ask.searched?.toNo ?? 0
    return { fromNo, toNo: fromNo + this.lost.length, files: this.lost }
  }

  #close(ask: CommitRequest) {
    this.commits.push(ask)
    return { fid: ask.fid, replacedFid: null }
  }

  #tellChanges({ definitions: known }: ChangedRequest): ChangedResponse {
    const definitions = known === null ? null : (this.definitions ?? null)
    const nothing = { isMore: false, isCut: false, places: [] }
    return { nowMs: Date.now(), after: '1.0', ...nothing, definitions }
  }

  #compare(ask: CompareRequest) {
    this.comparisons.push(ask)
    return { nowMs: Date.now(), leaves: [], untold: [] }
  }

  #enroll(ask: EnrollRequest) {
    this.enrollments.push(ask)
    const deviceIds = Array.from({ length: ask.newDevices }, (_, at) => DeviceId.parse(at + 1))
    this.devices = deviceIds.map((deviceId) => ({ deviceId, state: 'alive', sweptFid: 0 }))
    const { clusterId, hostId, credential, keys } = this
    return { clusterId, hostId, host: 'alpha', credential, keys, deviceIds }
  }

  #sync(ask: SyncRequest): SyncResponse {
    this.syncs.push(ask)
    const newest = Math.max(...this.keys.map(({ version }) => version))
    return {
      nowMs: Date.now() + this.aheadMs,
      pollAfterMs: this.pollAfterMs,
      leaseMs: 60_000,
      jobs: this.jobs.splice(0, ask.want),
      devices: this.devices.map((device) => ({
        ...device,
        look: device.deviceId === 1 && this.windows.length > 0,
        search: this.lost.length > 0,
      })),
      settledFid: this.settledFid,
      ...(this.pace !== undefined && { pace: this.pace }),
      ...(ask.keyVersion !== newest && { keys: this.keys }),
    }
  }
}

export const newKey = (version: number): WireKey => ({
  version,
  key: encodeBase64Url(crypto.getRandomValues(new Uint8Array(32))),
})
