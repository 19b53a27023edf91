// Which leaves of a device are to be held against the database, and when: those in which a file has
// come or gone, or is said to have changed. In memory: after a crash the disk tells (stale.ts).
import { FIDS_PER_DIRECTORY } from '#shared/limits.ts'
import { firstFidOf, leafOf } from '#shared/wire/catalogue.ts'
import {
  CATALOGUE_DELAY_MS,
  CATALOGUE_RETRY_MS,
  MAX_AWAITED_FIDS,
  MAX_CATALOGUE_RETRY_MS,
} from '../../limits.ts'

interface Leaf {
  /** Undefined: just come, its time is not set yet. Infinity: taken, and nothing came since. */
  dueAtMs: number | undefined
  /** Something about a known file is different. */
  isTouched: boolean
  /** Files that came, of which the database has not said anything yet. */
  awaited: Set<number>
  /** More came than are remembered one by one. */
  isOverfull: boolean
  /** Asked in vain, one time after the other. */
  tries: number
}

const TAKEN = Number.POSITIVE_INFINITY

export class Due {
  readonly #leaves = new Map<number, Leaf>()
  #awaited = 0

  /** A file came: the database will know it in a moment, when its upload is closed. */
  arrived(fid: number): void {
    const leaf = this.#find(leafOf(fid))
    if (leaf.dueAtMs === TAKEN) leaf.dueAtMs = undefined
    if (leaf.awaited.has(fid)) return
    if (this.#awaited < MAX_AWAITED_FIDS) {
      leaf.awaited.add(fid)
      this.#awaited++
    } else leaf.isOverfull = true
  }

  /** A file went, or what is said of it has changed. */
  touched(fid: number): void {
    this.suspect(leafOf(fid))
    if (this.#leaves.get(leafOf(fid))?.awaited.delete(fid) === true) this.#awaited--
  }

  /** The leaf is to be compared as soon as may be. */
  suspect(number: number): void {
    const leaf = this.#find(number)
    leaf.isTouched = true
    leaf.dueAtMs = Number.NEGATIVE_INFINITY
  }

  /** Up to so many leaves whose time has come. To be settled or given back. */
  take(limit: number, nowMs: number, settledFid: number): number[] {
    const taken: number[] = []
    for (const [number, leaf] of this.#leaves) {
      leaf.dueAtMs ??= nowMs + CATALOGUE_DELAY_MS
      const isOver = leaf.isOverfull && lastFidOf(number) <= settledFid
      if (taken.length === limit || (leaf.dueAtMs > nowMs && !isOver)) continue
      leaf.dueAtMs = TAKEN
      leaf.isTouched = false
      taken.push(number)
    }
    return taken
  }

  /**
   * A leaf was compared; `described` are the fids that the database knows. One that came and is
   * neither known nor settled may still be closed: it is asked about again, each time later.
   */
  settle(number: number, described: ReadonlySet<number>, nowMs: number, settledFid: number): void {
    const leaf = this.#leaves.get(number)
    if (leaf === undefined) return
    for (const fid of leaf.awaited)
      if (described.has(fid) || fid <= settledFid) {
        leaf.awaited.delete(fid)
        this.#awaited--
      }
    if (leaf.dueAtMs !== TAKEN) return
    if (lastFidOf(number) <= settledFid) leaf.isOverfull = false
    if (leaf.awaited.size > 0) leaf.dueAtMs = nowMs + retryMs(leaf.tries++)
    else if (!leaf.isOverfull) this.#leaves.delete(number)
  }

  /** Leaves that were taken, and could not be compared. */
  giveBack(numbers: readonly number[], nowMs: number): void {
    for (const number of numbers) {
      const leaf = this.#find(number)
      leaf.isTouched = true
      if (leaf.dueAtMs === TAKEN || leaf.dueAtMs === undefined)
        leaf.dueAtMs = nowMs + retryMs(leaf.tries++)
    }
  }

  /** Whether all that is settled was compared. */
  isQuiet(settledFid: number): boolean {
    return this.#leaves
      .entries()
      .every(
        ([number, { isTouched, isOverfull, awaited }]) =>
          !isTouched &&
          (firstFidOf(number) > settledFid ||
            (!isOverfull && awaited.values().every((fid) => fid > settledFid))),
      )
  }

  #find(number: number): Leaf {
    const known = this.#leaves.get(number)
    if (known !== undefined) return known
    const leaf = {
      dueAtMs: undefined,
      isTouched: false,
      awaited: new Set<number>(),
      isOverfull: false,
      tries: 0,
    }
    this.#leaves.set(number, leaf)
    return leaf
  }
}

const lastFidOf = (leaf: number) => firstFidOf(leaf) + FIDS_PER_DIRECTORY - 1

const retryMs = (tries: number) =>
  Math.min(CATALOGUE_RETRY_MS * 2 ** Math.min(tries, 10), MAX_CATALOGUE_RETRY_MS)
