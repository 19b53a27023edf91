// Every bound on the SDK's waits and retries (I9). A tracker asks the database, a node moves bytes:
// so a tracker gets a time for its whole answer, a node a time between two signs of life.

export const TRACKER_TIMEOUT_MS = 15_000
/** One round asks every tracker once; the waits between rounds grow from FIRST to MAX. */
export const TRACKER_ROUNDS = 5
export const BACKOFF_FIRST_MS = 200
export const BACKOFF_MAX_MS = 5_000
/** A server that wants a longer pause is not waited for: the caller learns it as `retryAfterMs`. */
export const RETRY_AFTER_MAX_MS = 30_000

export const NODE_STALL_MS = 60_000
/** A body that is handed over whole shows no progress: it gets this pace, and the stall besides. */
export const SLOWEST_BYTES_PER_MS = 16
/** How often one node is asked while it answers `later`, before its neighbour is. */
export const NODE_TRIES = 3

export const OPENS_PER_PUT = 2

/** What is in memory goes to a node in pieces, each of which is durable when it was answered. */
export const PIECE_BYTES = 16 * 1024 ** 2
/** So long a node that holds a part of a file may be away before the file is begun elsewhere. */
export const RESUME_PATIENCE_MS = 90_000
/** At its end a node reads the whole file for its checksum: no slower than a slow disk. */
export const HASHED_BYTES_PER_MS = 50_000
/** Shorter than for a PUT, which ends with an fsync: another copy may answer sooner. */
export const READ_STALL_MS = 15_000
/** How often one read asks for paths; the first time it takes them unverified. */
export const PATHS_PER_GET = 2
/** Copies that one round of a read may turn to. */
export const COPIES_PER_GET = 10

/** A stream can be sent a second time while it has given no more than this. */
export const MAX_REPLAY_BYTES = 8 * 1024 ** 2
