// One story from its first step to its verdict: steps are played, checkers look on, then all is
// healed, and what must come to rest has to.
import { Client } from './actors/client.ts'
import { Cluster } from './actors/cluster.ts'
import { Player } from './actors/player.ts'
import { checksAlways, checksAtTheEnd } from './checks/all.ts'
import type { Check } from './checks/check.ts'
import { nothingParks } from './checks/nothing-parks.ts'
import { queuesRunDry } from './checks/queues-run-dry.ts'
import { Damage } from './damage.ts'
import { type Finale, readAll } from './finale.ts'
import { History } from './history.ts'
import { Process } from './process.ts'
import { Stage } from './stage.ts'
import type { Story } from './story/step.ts'
import { viewOf } from './view.ts'

export interface Verdict {
  /** Undefined: all promises held. */
  breach: { says: string; found: string[]; atMs: number } | undefined
  history: History
  stage: Stage
  /** Of what happened, in order: two runs of one seed have the same. */
  happened: number
  statements: number
}

const LOOK_EVERY_MS = 3_000
const LOOK_AT_REST_MS = 6_000
const HEALING_MS = 600_000
const SETTLED_FOR_MS = 10_000
/** Longer than uploads take to settle: then every disk was compared with the database. */
const REST_MS = 60_000

/** In virtual time: as production, but patient only for as long as a story lasts. */
const SETTINGS = {
  sweepMs: 3_000,
  idlePollMs: 3_000,
  busyPollMs: 500,
  uploadMs: 40_000,
  leaseMs: 10_000,
  rehomeAfterMs: 30_000,
  downAfterMs: 10_000,
  readTicketMs: 60_000,
  scrubEveryMs: 120_000,
  scrubBytesPerS: 50_000_000,
  scrubFilesPerS: 1_000,
}

/** There is less to do, and nothing to hurry for. */
const AT_REST = { sweepMs: 8_000, idlePollMs: 5_000 }

export async function runStory(serverUrl: string, story: Story): Promise<Verdict> {
  await using stage = await Stage.build(serverUrl, story.seed)
  const scrubBytesPerS = story.scrubs ? SETTINGS.scrubBytesPerS : 0
  const settings = { ...SETTINGS, scrubBytesPerS }
  const cluster = await Cluster.build(stage, { ...story, settings })
  return await new Run(stage, cluster, story).tell()
}

class Run {
  readonly #stage: Stage
  readonly #cluster: Cluster
  readonly #story: Story
  readonly #records = { history: new History(), damage: new Damage() }
  readonly #checks: readonly Check[] = checksAlways()
  readonly #player: Player
  #breach: Verdict['breach']
  readonly #beganMs: number

  constructor(stage: Stage, cluster: Cluster, story: Story) {
    this.#stage = stage
    this.#cluster = cluster
    this.#story = story
    this.#beganMs = stage.timeline.nowMs
    const { history } = this.#records
    const clients = Array.from(
      { length: story.clients },
      (_, n) =>
        new Client(`client-${n + 1}`, stage, history, (...args) => cluster.domainOf(...args)),
    )
    const keys = [...new Set(story.steps.flatMap(({ act }) => ('key' in act ? [act.key] : [])))]
    this.#player = new Player(cluster, clients, { ...this.#records, keys })
  }

  async tell(): Promise<Verdict> {
    const { timeline } = this.#stage
    for (const { atMs, act } of this.#story.steps) {
      await this.#runUntil(this.#beganMs + atMs)
      if (this.#breach !== undefined) return this.#verdict()
      this.#player.play(act)
    }
    await this.#runUntil(timeline.nowMs + SETTLED_FOR_MS)
    this.#heal()
    await this.#cluster.played(() => this.#cluster.admin('PATCH', '/settings', AT_REST))
    await this.#untilAtRest()
    if (this.#breach === undefined)
      await this.#look([...this.#checks, ...checksAtTheEnd()], await this.#readAll())
    return this.#verdict()
  }

  #heal(): void {
    this.#player.heal()
    for (const host of this.#cluster.hosts) {
      host.process.skewMs = 0
      host.process.thaw()
    }
    for (const tracker of this.#cluster.trackers.values()) {
      tracker.skewMs = 0
      tracker.thaw()
    }
  }

  /** Nothing is left to do, and that for some time; or the patience for it has ended. */
  async #untilAtRest(): Promise<void> {
    const { timeline } = this.#stage
    const untilMs = timeline.nowMs + HEALING_MS
    let restedSinceMs: number | undefined
    while (timeline.nowMs < untilMs && this.#breach === undefined) {
      await this.#runUntil(timeline.nowMs + 2 * LOOK_AT_REST_MS, LOOK_AT_REST_MS)
      const isAtRest = await this.#isAtRest()
      restedSinceMs = isAtRest ? (restedSinceMs ?? timeline.nowMs) : undefined
      if (restedSinceMs !== undefined && timeline.nowMs - restedSinceMs > REST_MS) return
    }
  }

  async #isAtRest(): Promise<boolean> {
    const view = await viewOf(this.#cluster, this.#records)
    return [queuesRunDry(), nothingParks()].every((check) => check.look(view).length === 0)
  }

  async #runUntil(untilMs: number, everyMs = LOOK_EVERY_MS): Promise<void> {
    const { timeline } = this.#stage
    while (timeline.nowMs < untilMs && this.#breach === undefined) {
      await timeline.runUntil(Math.min(untilMs, timeline.nowMs + everyMs))
      await this.#look(this.#checks)
    }
  }

  /** What was acknowledged and is not there is not forgiven at the end, though nobody asked. */
  async #readAll(): Promise<Finale> {
    const { timeline } = this.#stage
    const { history } = this.#records
    const beganMs = timeline.nowMs
    const finale = await this.#askAll()
    const seen = { client: 'reader', verb: 'list', beganMs, endedMs: timeline.nowMs } as const
    for (const key of new Set([...history.keys, ...finale.sums.keys()]))
      history.saw({ ...seen, key, value: finale.sums.get(key) })
    return finale
  }

  #askAll(): Promise<Finale> {
    const { timeline, network, random } = this.#stage
    const reader = new Process('reader', { timeline, network, random })
    const files = this.#cluster.domainOf(reader, () => undefined)
    const { damaged } = this.#records.history
    return this.#cluster.played(() => reader.run(() => readAll(files, (fid) => damaged.add(fid))))
  }

  async #look(checks: readonly Check[], finale?: Finale): Promise<void> {
    const { timeline, transactions, bugs } = this.#stage
    await timeline.runUntil(timeline.nowMs + 1_000, () => transactions.areAllClosed)
    const seen = await viewOf(this.#cluster, this.#records)
    const view = { ...seen, ...(finale !== undefined && { finale }) }
    const atMs = timeline.nowMs - this.#beganMs
    const [bug] = bugs
    if (bug !== undefined)
      this.#breach ??= { says: 'nothing fails but as a refusal', found: [bug], atMs }
    for (const check of checks) {
      const found = check.look(view)
      if (found.length > 0) this.#breach ??= { says: check.says, found, atMs }
    }
  }

  #verdict(): Verdict {
    const { timeline, transactions } = this.#stage
    return {
      breach: this.#breach,
      history: this.#records.history,
      stage: this.#stage,
      happened: timeline.happened,
      statements: transactions.statements,
    }
  }
}
