// Every bound on what one client of the gateway, or all of them, may take (I9).

/** The longest line that means anything: a key, a path with its ticket, or a rebalance policy. */
export const MAX_LINE_BYTES = 65_536
/** What one client asked and waits for its turn; it is not read from while there is more. */
export const MAX_WAITING_LINES = 1_000
export const MAX_WAITING_BYTES = 262_144
/** Reads of one client that follow each other are answered side by side, in their order. */
export const MAX_READS_AT_ONCE = 32
/** Answers that a client has not taken yet; nothing more is done for it while there are more. */
export const MAX_UNREAD_BYTES = 1_048_576
/** Of all clients together; beyond it a command is refused at once. */
export const MAX_UNDER_WAY = 2_000
export const MAX_CLIENTS = 10_000

/** A line that was begun, or an answer that is not taken, for so long ends the connection. */
export const STALLED_MS = 30_000
/** A client that says nothing for so long has gone without a word. */
export const IDLE_MS = 4 * 3_600_000
export const LOOK_AT_CLIENTS_MS = 5_000
/** How long commands that are under way may take when the gateway ends. */
export const STOP_MS = 5_000

/** A tracker that does not answer is passed over for the next; clients wait 3 s. */
export const TRACKER_ROUNDS = 1
/** `sleep` is a diagnosis, not a place to stay. */
export const MAX_SLEEP_S = 30
/** What `!recent` tells. */
export const MAX_RECENT = 50
export const MAX_RECENT_LENGTH = 200
/** How long `httpcopy` waits for an agent, and how often it looks. */
export const COPY_WAIT_MS = 10_000
export const LOOK_AT_COPY_MS = 200
/** So old is what a tracker knows of hosts and devices at most. */
export const VIEW_MS = 1_000
