// The cluster of a story: trackers, storage hosts and an operator who has set them up.
import type * as z from 'zod'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import { connect } from '#shared/client/connect.ts'
import type { DomainClient } from '#shared/client/domain.ts'
import { AddedHost } from '#shared/wire/admin.ts'
import { fetchOf } from '../network/fetch.ts'
import { Process } from '../process.ts'
import type { Stage } from '../stage.ts'
import { Host } from './host.ts'
import { startTracker, trackerUrl } from './tracker.ts'

export const API_KEY = 'mog_simulated_key_of_everybody'
export const DOMAIN = 'demo'

const PATIENCE_MS = 3_600_000

export interface Shape {
  hosts: number
  devicesPerHost: number
  trackers: number
  settings: Record<string, number>
}

export class Cluster {
  readonly stage: Stage
  readonly hosts: Host[] = []
  readonly trackers = new Map<string, Process>()
  readonly operator: Process

  private constructor(stage: Stage) {
    this.stage = stage
    const { timeline, network, random } = stage
    this.operator = new Process('operator', { timeline, network, random })
  }

  static async build(stage: Stage, { hosts, devicesPerHost, trackers, settings }: Shape) {
    await ensureApiKey(stage.databaseUrl, { label: 'all', key: API_KEY, scopes: ['admin'] })
    const cluster = new Cluster(stage)
    for (let n = 1; n <= trackers; n++) cluster.startTracker(`tracker-${n}`)
    await cluster.played(() => cluster.admin('PATCH', '/settings', settings))
    await cluster.played(() => cluster.admin('POST', '/domains', { name: DOMAIN }))
    const more = [
      { name: 'thumb', copies: 1 },
      { name: 'dear', copies: 3 },
      { name: 'binned', copies: 2, trashS: 30 },
    ]
    for (const each of more)
      await cluster.played(() => cluster.admin('POST', `/domains/${DOMAIN}/classes`, each))
    for (let n = 0; n < hosts; n++) await cluster.#addHost(n, devicesPerHost)
    for (const host of cluster.hosts) host.start()
    await stage.timeline.runUntil(stage.timeline.nowMs + 5_000)
    return cluster
  }

  get trackerUrls(): string[] {
    return [...this.trackers.keys()].map((name) => trackerUrl(name))
  }

  startTracker(name: string): void {
    this.trackers.set(name, startTracker(name, this.stage))
  }

  /** What an operator asks of the first tracker that answers. Throws what was refused. */
  async admin(method: string, path: string, json?: unknown): Promise<unknown> {
    const fetch = fetchOf(this.operator)
    return this.operator.run(async () => {
      let failure: unknown
      for (const url of this.trackerUrls) {
        try {
          const response = await fetch(`${url}/v1/admin${path}`, {
            method,
            headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
            ...(json !== undefined && { body: JSON.stringify(json) }),
          })
          const text = await response.text()
          if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
          const answer: unknown = text === '' ? undefined : JSON.parse(text)
          return answer
        } catch (error) {
          failure = error
        }
      }
      throw failure
    })
  }

  /** Lets time pass until it is done. */
  async played<Result>(work: () => Promise<Result>): Promise<Result> {
    const { timeline } = this.stage
    let outcome: { value: Result } | { error: unknown } | undefined
    work().then(
      (value) => {
        outcome = { value }
      },
      (error: unknown) => {
        outcome = { error }
      },
    )
    await timeline.runUntil(timeline.nowMs + PATIENCE_MS, () => outcome !== undefined)
    if (outcome === undefined) throw new Error('nothing comes of it')
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  /** `onAsk` is told of every request. */
  domainOf(process: Process, onAsk: () => void): DomainClient {
    const { clock } = process
    const carry = fetchOf(process)
    const fetch: typeof globalThis.fetch = async (input, init) => {
      onAsk()
      return carry(input, init)
    }
    return connect({ url: this.trackerUrls, key: API_KEY, clock, fetch }).domain(DOMAIN)
  }

  async #addHost(n: number, devices: number): Promise<void> {
    const name = `host-${n + 1}`
    const { enrollmentToken: token } = await this.played(async () =>
      parse(AddedHost, await this.admin('POST', '/hosts', { name })),
    )
    const host = new Host(name, this.stage, this.trackerUrls)
    this.hosts.push(host)
    await this.played(() => host.enroll(token, n * devices + 1, devices))
  }
}

const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown) => schema.parse(value)
