// The nodes that may give one file, as one copy of it goes on: which is asked next, which is given
// up. A node that brought bytes and broke off is asked again, a little later each time; one that
// sent what is not the file, never.
import { FIRST_RESUME_MS, MAX_BREAKS, MAX_EMPTY_STARTS, SEGMENTS_PER_SOURCE } from '../../limits.ts'

export interface Source {
  deviceId: number
  url: string
}

interface Standing {
  source: Source
  /** Starts in a row that brought nothing, after the first that brought something. */
  emptyStarts: number
  breaks: number
  hasServed: boolean
  isOut: boolean
  underWay: number
}

export interface Pick {
  source: Source
  /** To wait before it is asked: it broke off just now. */
  restMs: number
}

/** A node that is down, a file that is gone, bytes that are not the fid's. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure'
  /** It has the file, and too much to do. */
  readonly isBusy: boolean

  constructor(message: string, options: ErrorOptions & { isBusy?: boolean } = {}) {
    super(message, options)
    this.isBusy = options.isBusy ?? false
  }
}

export class Sources {
  readonly #standings: Standing[]
  /** Those that gave bytes of what is put together now. */
  readonly #givers = new Set<Source>()
  #sole: Source | undefined
  #oneByOne = false

  /** The best first, by the tracker's judgement of their load. */
  constructor(sources: readonly Source[]) {
    this.#standings = sources.map((source) => ({
      source,
      emptyStarts: 0,
      breaks: 0,
      hasServed: false,
      isOut: false,
      underWay: 0,
    }))
  }

  /** How many could still be asked at the same time. */
  get usable(): number {
    return this.#oneByOne ? 1 : this.#candidates().length
  }

  /** `underWay` says how much this agent already pulls from a source's node. */
  next(underWay: (url: string) => number): Pick {
    const [best] = this.#candidates().toSorted(
      (a, b) =>
        a.emptyStarts - b.emptyStarts ||
        a.underWay - b.underWay ||
        loadStep(underWay(a.source.url)) - loadStep(underWay(b.source.url)),
    )
    if (best === undefined) throw new SourceFailure('no_good_source')
    best.underWay++
    if (this.#oneByOne) this.#sole = best.source
    const restMs = best.emptyStarts === 0 ? 0 : FIRST_RESUME_MS * 2 ** (best.emptyStarts - 1)
    return { source: best.source, restMs }
  }

  /** One request of it is over, after so many bytes; `failure`: it broke off, or refused. */
  ended(source: Source, received: number, failure?: SourceFailure): void {
    const standing = this.#standings.find((each) => each.source === source)
    if (standing === undefined) return
    standing.underWay--
    if (received > 0 || failure === undefined) this.#givers.add(source)
    if (received > 0) {
      standing.hasServed = true
      standing.emptyStarts = 0
    }
    if (failure === undefined) return
    if (failure.isBusy) standing.hasServed = true
    standing.emptyStarts++
    standing.breaks++
    const isTooOften = standing.emptyStarts > MAX_EMPTY_STARTS || standing.breaks > MAX_BREAKS
    // what never served may be gone for good: somebody else, or another day
    if (!standing.hasServed || isTooOften) standing.isOut = true
  }

  /** Before the first byte of the file, each time. False: nobody is left to ask. */
  begin(): boolean {
    this.#givers.clear()
    this.#sole = undefined
    return this.#candidates().length > 0
  }

  /** The bytes that were put together are not the file's: whoever gave them alone has lied. */
  distrustGivers(): readonly Source[] {
    const givers = [...this.#givers]
    for (const standing of this.#standings)
      if (givers.length === 1 && standing.source === givers[0]) standing.isOut = true
    // of several it may have been any: from now on each has to give all of it
    this.#oneByOne = true
    return givers
  }

  #candidates(): Standing[] {
    const standing = this.#standings.filter(({ isOut }) => !isOut)
    if (this.#sole === undefined) return standing
    return standing.filter(({ source }) => source === this.#sole)
  }
}

/** By steps: the tracker's order counts for more than one request more or less. */
const loadStep = (underWay: number) => Math.floor(underWay / SEGMENTS_PER_SOURCE)
