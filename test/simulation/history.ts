// What clients did and saw. A write that was not answered may have happened, or may happen yet.

/** What a key held: the checksum of its bytes, or nothing. */
export type Value = string | undefined

interface Deed {
  client: string
  key: string
  beganMs: number
}

export interface Write extends Deed {
  kind: 'write'
  /** Undefined: not answered, or with a failure. */
  endedMs: number | undefined
  verb: 'put' | 'delete' | 'rename' | 'restore'
  /** It was asked more than once: a request that was late may do it again, after its answer. */
  mayRepeat: boolean
  /** Undefined for a delete. */
  value: Value
  /** What it brings is not known: it was not answered. */
  isUnknown: boolean
  fid: number | undefined
}

export interface Read extends Deed {
  kind: 'read'
  endedMs: number
  verb: 'get' | 'list'
  value: Value
}

export class History {
  readonly writes: Write[] = []
  readonly reads: Read[] = []
  /** Fids that came to a reader as other bytes than their digest says. */
  readonly damaged = new Set<number>()
  /** Failures by their message, as often as they were met. */
  readonly failures = new Map<string, number>()

  begin(known: Pick<Write, 'client' | 'verb' | 'key' | 'value' | 'beganMs'>): Write {
    const open = { endedMs: undefined, fid: undefined, mayRepeat: false, isUnknown: false }
    const write: Write = { kind: 'write', ...known, ...open }
    this.writes.push(write)
    return write
  }

  saw(read: Omit<Read, 'kind'>): void {
    this.reads.push({ kind: 'read', ...read })
  }

  failed(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1)
  }

  /** That anybody has written, or tried to. */
  get keys(): ReadonlySet<string> {
    return new Set(this.writes.map(({ key }) => key))
  }

  /** That were answered with success. */
  get acknowledged(): number {
    return this.writes.filter(({ endedMs }) => endedMs !== undefined).length
  }
}
