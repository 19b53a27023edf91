// Every bound on a loop, page, batch, body and retry has its name here (I9).
// What an operator may tune is in settings.ts instead.

export const MAX_KEY_BYTES = 1_024
export const MAX_DOMAIN_NAME_BYTES = 255
export const MAX_NAME_LENGTH = 50
export const MAX_COPIES = 10
export const MAX_POLICY_LENGTH = 500
export const MAX_PARSED_POLICIES = 1_000
export const MAX_NETWORK_ZONES_LENGTH = 10_000
export const MAX_MASK_LENGTH = 500
export const MAX_MOGILEFS_SETTING_LENGTH = 16_384
/** Ten years: as long as trash may be kept, or a file cached. */
export const MAX_CLASS_S = 315_360_000

export const MAX_URL_LENGTH = 2_048
export const MAX_CONTENT_TYPE_LENGTH = 255
export const MAX_METADATA_ENTRIES = 32
export const MAX_METADATA_BYTES = 2_048
/** What one If-Match or If-None-Match may name. */
export const MAX_ENTITY_TAGS = 16

/** A tracker's JSON bodies. A sync with full batches stays below a quarter of it. */
export const MAX_JSON_BODY_BYTES = 1_048_576
/** Of somebody who is not known yet. */
export const MAX_ENROLL_BODY_BYTES = 16_384
/** Files of one batch, and their JSON: a thousand of the longest keys and some metadata. */
export const MAX_BATCH_FILES = 1_000
export const MAX_BATCH_BODY_BYTES = 4 * 1_048_576
export const MAX_FILE_BYTES = 16 * 1024 ** 4

export const LIST_DEFAULT_LIMIT = 1_000
export const LIST_MAX_LIMIT = 1_000
export const CHANGES_DEFAULT_LIMIT = 100
export const CHANGES_MAX_LIMIT = 1_000
export const AUDIT_DEFAULT_LIMIT = 100
export const AUDIT_MAX_LIMIT = 1_000
/** MogileFS offers up to 3; a class that wants more copies is offered as many. */
export const OFFERED_TARGETS = 3
export const MAX_TARGETS = MAX_COPIES
/** MogileFS's, of files by their fid. */
export const FIDS_DEFAULT_LIMIT = 100
export const FIDS_MAX_LIMIT = 500
export const PATHS_DEFAULT_COUNT = 2
export const PATHS_MAX_COUNT = 100
/** Choosing among the best 20 by weight spreads the load without touching full devices. */
export const MAX_WEIGHED_CANDIDATES = 20

export const MAX_DEVICES_PER_HOST = 256
export const MAX_JOBS_PER_SYNC = 200
/** Three versions, of two secrets while one takes over from the other. */
export const MAX_KEYS_PER_HOST = 6
export const MAX_REPORTS_PER_SYNC = 1_000
export const MAX_INVENTORY_FIDS = 1_000
/** Fids of one leaf directory on disk: what one inventory call names. */
export const FIDS_PER_DIRECTORY = 1_000
/** Directories whose catalogue is compared at once, and what one answer tells of them. */
export const MAX_COMPARED_LEAVES = 20
export const MAX_COMPARED_BYTES = 2 * 1_048_576
/** Changes that agents are told of at once. */
export const MAX_CHANGED_PLACES = 1_000
/** Files of a disk's inventory that a tracker is told at once, and that it judges or places. */
export const MAX_REBUILD_FILES = 1_000
export const REBUILD_WINDOW = 1_000

/** Fids that a tracker takes before it needs them, and for how long they are good. */
export const MAX_FIDS_AHEAD = 4_096
export const FIDS_AHEAD_MS = 500

/** Rows that one sweep statement moves; small enough that its locks are short. */
export const SWEEP_WINDOW = 1_000
/** Windows that one pass of one sweep may take before others get their turn. */
export const SWEEP_WINDOWS_PER_PASS = 20
/** The hot tables stay below this: work beyond it waits as state, behind a cursor. */
export const MAX_SHORTFALL_BACKLOG = 20_000
export const MAX_REPLICATE_BACKLOG = 20_000
/** After so many failures a copy is sent elsewhere. */
export const MAX_REPLICATE_FAILURES = 5
/** A device with so many jobs waiting gets no more of them made, whatever there is to do. */
export const MAX_JOBS_PER_DEVICE = 5_000
/** So many copies leave their devices at once: drained ones and rebalanced ones together. */
export const MAX_MOVES = 10_000
/** While so many copies of any kind are on their way, none is ordered only to move one. */
export const MAX_MOVING_COPIES = 10_000
/** No tracker for so long: what was not heard meanwhile is not held against a host. */
export const TRACKERS_GONE_MS = 300_000
/** What a drain could not move is tried again this often. */
export const DRAIN_LAP_MS = 600_000
/** What a destination takes in, where nothing was measured: for the time that a plan is shown. */
export const ASSUMED_MOVE_BYTES_PER_S = 50_000_000
export const ASSUMED_MOVE_FILES_PER_S = 100
export const MAX_REBALANCE_POLICY_LENGTH = 5_000
/** So many reasons why copies could not leave are told. */
export const MAX_REFUSALS_TOLD = 100
/** So many ways in which files lie are judged to say what a device's end would mean. */
export const MAX_JUDGED_PLACEMENTS = 50_000
/** So many ways of lying are judged before a walk through a class's files, to spare it. */
export const MAX_REVIEWED_PLACEMENTS = 20_000
/** A class's files are walked again this often though nothing changed. */
export const REVIEW_LAP_MS = 86_400_000
/** Files that wait for a place are all looked at again at most this often. */
export const AWAKENING_REST_MS = 60_000
/** A dead device is looked at again this often, for what a straggler recorded late. */
export const REAP_LAP_MS = 600_000

/** What one message to a webhook tells, at the most. */
export const MAX_TOLD_CHANGES = 100
export const MAX_WEBHOOKS_AT_ONCE = 8
export const WEBHOOK_TIMEOUT_MS = 10_000
/** Copies that one window of a look names, and rows that finding them may walk. */
export const MAX_WINDOW_COPIES = 1_000
export const MAX_WINDOW_SCAN = 10_000
/** Copies that one window stands for by digests, and those of one digest. */
export const MAX_DIGESTED_COPIES = 10_000
export const COPIES_PER_DIGEST = 500
export const MAX_FINDINGS = 500
/** Lost files that a device is searched for at once. */
export const MAX_LOST_PER_SEARCH = 200
/** Events that are kept, and runs with their progress. */
export const MAX_FSCK_EVENTS = 100_000
export const MAX_FSCK_RUNS = 20
export const FSCK_LOG_MAX = 1_000

export const MAX_RATE_PER_S = 1_000_000
export const MAX_CACHED_CALLERS = 10_000
export const MAX_TRACKED_NODES = 10_000
/** A device is forgotten only when it was dead for longer than any view or statement lives. */
export const DEVICE_SETTLED_MS = 60_000
