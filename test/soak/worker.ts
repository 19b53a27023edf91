// One client of the soak: stores, overwrites, reads, lists and deletes keys of its own, and knows
// of each what it may hold: the old or the new after a failure, else what was acknowledged last.
import { createHash } from 'node:crypto'
import type { DomainClient } from '#shared/client/domain.ts'
import { Refusal } from '#shared/client/refusal.ts'
import { Unreachable } from '#shared/client/unreachable.ts'

export type Verb = 'store' | 'overwrite' | 'read' | 'list' | 'delete'

export interface Tally {
  /** Milliseconds of each success. */
  took: Record<Verb, number[]>
  /** `verb code`: how often. */
  errors: Map<string, number>
  /** Sentences: what was acknowledged and is not there. */
  lost: string[]
  /** Sentences: what was not as it should be when all had time to come to rest. */
  unsettled: string[]
}

export const newTally = (): Tally => ({
  took: { store: [], overwrite: [], read: [], list: [], delete: [] },
  errors: new Map(),
  lost: [],
  unsettled: [],
})

/** Of a key: sums that it may have; `undefined` among them: it may not be there. */
type Allowed = readonly (string | undefined)[]

const KEYS = 200
const SIZES = [200, 3_000, 20_000, 90_000, 700_000]
/** Cumulated. */
const MIX: readonly [Verb, number][] = [
  ['read', 0.5],
  ['overwrite', 0.65],
  ['store', 0.85],
  ['delete', 0.95],
  ['list', 1],
]

export class SoakWorker {
  readonly #files: DomainClient
  readonly #prefix: string
  readonly #random: () => number
  readonly #tally: Tally
  readonly #held = new Map<string, Allowed>()
  #stored = 0

  constructor(files: DomainClient, prefix: string, random: () => number, tally: Tally) {
    this.#files = files
    this.#prefix = prefix
    this.#random = random
    this.#tally = tally
  }

  async workUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#step()
  }

  /** Every key that it ever used, read once more: all is well again, so a refusal is a loss. */
  async check(): Promise<void> {
    for (const key of this.#held.keys())
      if (!(await this.#read(key))) this.#tally.lost.push(`${key} cannot be read in the end`)
  }

  async #step(): Promise<void> {
    const dice = this.#random()
    const verb = MIX.find(([, upTo]) => dice < upTo)?.[0] ?? 'read'
    const known = [...this.#held.keys()]
    const key = known[Math.floor(this.#random() * known.length)]
    if (verb === 'list') return this.#list()
    if (verb === 'store' || key === undefined) {
      const next = `${this.#prefix}/${this.#stored++ % KEYS}`
      return this.#store(next, this.#held.has(next) ? 'overwrite' : 'store')
    }
    if (verb === 'overwrite') return this.#store(key, verb)
    if (verb === 'delete') return this.#delete(key)
    await this.#read(key)
  }

  async #store(key: string, verb: 'store' | 'overwrite'): Promise<void> {
    const bytes = SIZES[Math.floor(this.#random() * SIZES.length)] ?? 0
    const content = Buffer.alloc(bytes, `${key} ${this.#random()} `)
    const before = this.#held.get(key) ?? [undefined]
    this.#held.set(key, [...before, sumOf(content)])
    const done = await this.#timed(verb, () => this.#files.put(key, content))
    if (done !== undefined) this.#held.set(key, [sumOf(content)])
  }

  async #delete(key: string): Promise<void> {
    this.#held.set(key, [...(this.#held.get(key) ?? []), undefined])
    const done = await this.#timed('delete', async () => (await this.#isDeleted(key)) || true)
    if (done !== undefined) this.#held.set(key, [undefined])
  }

  async #isDeleted(key: string): Promise<boolean> {
    try {
      await this.#files.delete(key)
      return true
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unknown_key') return false
      throw error
    }
  }

  /** False where it was refused. */
  async #read(key: string): Promise<boolean> {
    const allowed = this.#held.get(key) ?? []
    const found = await this.#timed('read', async () => ({ sum: await this.#sumAt(key) }))
    if (found !== undefined && !allowed.includes(found.sum))
      this.#tally.lost.push(`${key}: ${found.sum ?? 'nothing'}, not ${allowed.join(' or ')}`)
    return found !== undefined
  }

  async #sumAt(key: string): Promise<string | undefined> {
    try {
      return sumOf(new Uint8Array(await (await this.#files.get(key)).arrayBuffer()))
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unknown_key') return undefined
      throw error
    }
  }

  async #list(): Promise<void> {
    const listed = await this.#timed('list', async () => {
      const keys = new Set<string>()
      for await (const page of this.#files.list({ prefix: `${this.#prefix}/` }))
        for (const { key } of page.files) keys.add(key)
      return keys
    })
    if (listed === undefined) return
    for (const [key, allowed] of this.#held) {
      const isThere = listed.has(key)
      const may = isThere ? allowed.some((sum) => sum !== undefined) : allowed.includes(undefined)
      if (!may) this.#tally.lost.push(`${key} is ${isThere ? '' : 'not '}in the list`)
    }
  }

  /** Undefined where it failed; anything but a refusal or silence is a failure of ours. */
  async #timed<Done>(verb: Verb, act: () => Promise<Done>): Promise<Done | undefined> {
    const begun = performance.now()
    try {
      const done = await act()
      this.#tally.took[verb].push(performance.now() - begun)
      return done
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error
      const name = `${verb} ${error instanceof Refusal ? error.code : 'unreachable'}`
      this.#tally.errors.set(name, (this.#tally.errors.get(name) ?? 0) + 1)
      return undefined
    }
  }
}

const sumOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
