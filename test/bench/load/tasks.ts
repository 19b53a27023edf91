// What the generator can be asked to do: everything that is to be known beforehand is made ahead.

/** Sends prepared requests over kept connections, in their order; again unless `once`. */
export interface RequestsTask {
  kind: 'requests'
  port: number
  connections: number
  /** Each request's head; all have the same body, if any. */
  heads: readonly string[]
  body?: Uint8Array
  once: boolean
  expected: number
  ms?: number
}

/** Stores new files: open at the tracker, PUT to the first target, close with its receipt. */
export interface StoreTask {
  kind: 'store'
  trackerPort: number
  key: string
  domain: string
  /** Of every file's key. */
  prefix: string
  body: Uint8Array
  connections: number
  ms?: number
  times?: number
}

/** Sends one request whose body is `piece` again and again, up to so many bytes. */
export interface StreamTask {
  kind: 'stream'
  port: number
  head: string
  piece: Uint8Array
  bytes: number
  expected: number
}

/** Stores new files as a client of MogileFS does, at a gateway. */
export interface StoreByLinesTask {
  kind: 'store-by-lines'
  port: number
  domain: string
  prefix: string
  body: Uint8Array
  connections: number
  ms?: number
}

/** Sends commands of the line protocol over one connection, again and again. */
export interface LinesTask {
  kind: 'lines'
  port: number
  lines: readonly string[]
  /** How many are under way at once. */
  depth: number
  ms?: number
}

export type Task = RequestsTask | StoreTask | StreamTask | StoreByLinesTask | LinesTask
