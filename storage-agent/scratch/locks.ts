// Who may change what: the locks of the share (RFC 4918 sections 6 and 7). Few, and so in memory;
// each change is on the disk before it counts, and a restart finds them as they were.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { Problem } from '#shared/problems.ts'
import { codeOf } from '../disk/failures.ts'
import { replaceFile } from '../disk/replace-file.ts'
import { MAX_LOCKS } from '../limits.ts'
import { isWithin, type Path, parentOf } from './paths.ts'

const Lock = z.object({
  token: z.string(),
  path: z.array(z.string()).readonly(),
  isDeep: z.boolean(),
  isExclusive: z.boolean(),
  /** What the client wants to be known of itself: XML, or nothing. */
  owner: z.string(),
  seconds: z.number(),
  untilMs: z.number(),
})
export type Lock = z.infer<typeof Lock>

export class Locks {
  readonly #file: string
  readonly #nowMs: () => number
  #all: readonly Lock[]

  private constructor(file: string, all: readonly Lock[], nowMs: () => number) {
    this.#file = file
    this.#all = all
    this.#nowMs = nowMs
  }

  static async open(file: string, nowMs: () => number): Promise<Locks> {
    try {
      const text = await readFile(file, 'utf8')
      return new Locks(file, z.array(Lock).parse(JSON.parse(text)), nowMs)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Locks(file, [], nowMs)
      throw error
    }
  }

  /** Those that a resource is under: its own, and deep ones from above. */
  covering(path: Path): Lock[] {
    return this.#live().filter((lock) =>
      lock.isDeep ? isWithin(path, lock.path) : isSame(path, lock.path),
    )
  }

  /** Those that were taken below a collection. */
  below(path: Path): Lock[] {
    return this.#live().filter((lock) => isWithin(lock.path, path) && !isSame(lock.path, path))
  }

  /** Throws where another lock is in its way. */
  async take(wish: Omit<Lock, 'token' | 'untilMs'>): Promise<Lock> {
    const { path, isDeep, isExclusive, seconds } = wish
    const others = [...this.covering(path), ...(isDeep ? this.below(path) : [])]
    if (others.some((lock) => isExclusive || lock.isExclusive))
      throw new Problem('resource_locked', { locks: others.length })
    const live = this.#live()
    if (live.length >= MAX_LOCKS) throw new Problem('busy', { locks: live.length })
    const token = `urn:uuid:${randomUUID()}`
    const lock = { ...wish, token, untilMs: this.#nowMs() + seconds * 1_000 }
    await this.#keep([...live, lock])
    return lock
  }

  async refresh(token: string, seconds: number): Promise<Lock> {
    const lock = this.#live().find((each) => each.token === token)
    if (lock === undefined) throw new Problem('condition_failed', { lock: 'it is gone' })
    const renewed = { ...lock, seconds, untilMs: this.#nowMs() + seconds * 1_000 }
    await this.#keep(this.#live().map((each) => (each.token === token ? renewed : each)))
    return renewed
  }

  async release(token: string): Promise<void> {
    await this.#keep(this.#live().filter((lock) => lock.token !== token))
  }

  /** What is gone has no locks: those of a resource and of all below it. */
  async forget(path: Path): Promise<void> {
    const left = this.#live().filter((lock) => !isWithin(lock.path, path))
    if (left.length < this.#all.length) await this.#keep(left)
  }

  /** Of what was replaced: the lock on its name stays, as the name does. */
  async forgetBelow(path: Path): Promise<void> {
    const gone = new Set(this.below(path).map(({ token }) => token))
    if (gone.size > 0) await this.#keep(this.#live().filter(({ token }) => !gone.has(token)))
  }

  /** The locks that stand in the way of a change, whose holder has sent these tokens. */
  against(change: Change, tokens: ReadonlySet<string>): Lock[] {
    const { path, isMembership, isDeep } = change
    const groups = [this.covering(path)]
    // a name comes or goes: that changes the collection which it is in
    if (isMembership && path.length > 0) groups.push(this.covering(parentOf(path)))
    if (isDeep) groups.push(...this.below(path).map((lock) => this.covering(lock.path)))
    // of shared locks each holder may change what they are on
    return groups.filter((group) => !group.some(({ token }) => tokens.has(token))).flat()
  }

  #live(): Lock[] {
    const nowMs = this.#nowMs()
    return this.#all.filter(({ untilMs }) => untilMs > nowMs)
  }

  async #keep(locks: readonly Lock[]): Promise<void> {
    await replaceFile(this.#file, JSON.stringify(locks), 0o600)
    this.#all = locks
  }
}

export interface Change {
  path: Path
  /** It comes, or goes. */
  isMembership: boolean
  /** So does all that is below it. */
  isDeep: boolean
}

const isSame = (path: Path, other: Path) => path.length === other.length && isWithin(path, other)
