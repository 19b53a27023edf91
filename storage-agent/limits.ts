// Every bound on the agent's waits, buffers, queues and retries (I9). What both sides of the
// protocol must agree on is in shared/limits.ts instead.

/** Bodies up to here are taken whole, and made durable through the device's journal. */
export const SMALL_BODY_BYTES = 64 * 1024
/** What one writev takes of a larger body. Two batches are held: one fills while one is written. */
export const WRITE_BATCH_BYTES = 1024 ** 2
/** All batches that are filling, together: where many bodies come, each has smaller ones. */
export const ALL_BATCHES_BYTES = 16 * 1024 ** 2
export const MIN_WRITE_BATCH_BYTES = 64 * 1024
/** Larger bodies lie in pieces of this size until they are written, and in so many in all. */
export const WRITE_PIECE_BYTES = 64 * 1024
export const WRITE_POOL_BYTES = 2 * ALL_BATCHES_BYTES
/** What one read takes of a larger file. Two buffers are held: one is read while one is sent. */
export const READ_BUFFER_BYTES = 512 * 1024
/** Beyond this many large buffers in use, a reader gets small ones: slow clients cost little. */
export const MAX_LARGE_BUFFERS = 32
export const SMALL_BUFFER_BYTES = 64 * 1024
/** Small ones that are kept for the next reader. */
export const MAX_IDLE_SMALL_BUFFERS = 128

/** One half of a device's journal; it is used in turns, so that a half can be checkpointed. */
export const JOURNAL_HALF_BYTES = 16 * 1024 ** 2
/** Bodies that wait for a journal's next batch. */
export const MAX_JOURNAL_WAITING_BYTES = 32 * 1024 ** 2
/** What one batch of a journal holds at most: the next one waits as long as this one takes. */
export const MAX_JOURNAL_BATCH_BYTES = 1024 ** 2

/** What a crash costs of a body that comes in parts, at the most: then it is durable so far. */
export const PART_CHECKPOINT_BYTES = 16 * 1024 ** 2
/** Stretches of one file that lie apart. */
export const MAX_STRETCHES = 1_000
/** How often partial files are looked through for those whose time is over. */
export const PARTIAL_SWEEP_MS = 60_000

/** How long a journal waits before it tries again to make its files durable. */
export const JOURNAL_RETRY_MS = 10_000

/** libuv's threads: some for all, the rest shared among the devices. */
export const SHARED_POOL_THREADS = 4
export const POOL_THREADS_PER_DEVICE = 16
export const MAX_POOL_THREADS = 512
/** An operation that waited for so long to reach its device is refused: `busy`. */
export const LANE_WAIT_MS = 10_000

/** More operations than these do not wait for a device: whoever comes next is refused, `busy`. */
export const MAX_LANE_WAITING = 256
/** Requests that are under way at once, of all devices; and bodies among them that are large. */
export const MAX_REQUESTS = 2_000
export const MAX_LARGE_BODIES = 256
export const MAX_CONNECTIONS = 20_000

/** A device is quick that answers faster: more than a busy CPU's time slice. */
export const QUICK_MS = 5
/** One answer that took so long is enough not to be, and one that is awaited for longer. */
export const STALL_MS = 100
/** How often it is tried whether a slow device is quick again. */
export const PROBE_EVERY_MS = 1_000
/** Reads that are with the thread for quick ones; each has a buffer of 65 KiB. */
export const MAX_QUICK_READS = 64
/** How often that thread is looked at. What waited for STALL_MS by then goes another way. */
export const LOOK_AT_READS_MS = 100
/** After so many looks at the same read, it hangs. */
export const LEFT_BEHIND_LOOKS = 2
/** Threads that wait for disks which hang: with so many, no other is started until one answers. */
export const MAX_LEFT_BEHIND = 4

/** Processes that share the devices of a host, at most. */
export const MAX_PROCESSES = 32
/** How often a reader is told of what has changed, and tells what it did. */
export const READER_EVERY_MS = 250
/** Answers that a reader tells of at once. */
export const MAX_REPORTED_ANSWERS = 4_096
/** A reader that ends is started again, after so long. */
export const READER_RESTART_MS = 500
/** So much of a request shows whether it reads a file. */
export const MAX_URL_PEEK_BYTES = 4_096
/** Tickets that were found good lately, by URL. */
export const MAX_REMEMBERED_TICKETS = 10_000
/** Of one request: more is as if none were asked for. */
export const MAX_RANGES = 64
export const MAX_HEADER_BYTES = 16 * 1024
/** Heads beyond this are left to Node's parser. */
export const MAX_PLAIN_HEAD_BYTES = 4 * 1024
/** Answers of the plain door that are written at the end of a turn of the event loop. */
export const MAX_HELD_ANSWERS = 64
/** Buffers of 65 KiB that are kept for the next answers, each with room for a head. */
export const MAX_IDLE_PARCELS = 64
export const ANSWER_HEAD_BYTES = 1_024
/** What may come on a connection while a request of it is answered. */
export const MAX_PIPELINED_BYTES = 256 * 1024
export const HEADERS_TIMEOUT_MS = 15_000
/** A connection on which nothing moved for so long is cut: a stalled body, a reader that left. */
export const IDLE_MS = 60_000
/** What is read and thrown away after a refusal, so that the client gets to see the answer. */
export const MAX_DISCARDED_BYTES = 8 * 1024 ** 2
export const DISCARD_MS = 2_000
/** How often the files of the agent's certificate are looked at. */
export const CERTIFICATE_CHECK_MS = 5_000
/** How long a stop waits for the requests and jobs that are under way. */
export const STOP_MS = 10_000
/** How long an agent that is replaced waits for the stores that are under way. */
export const HAND_OVER_MS = 20_000
/** And then for connections that are still open: only reading goes on there. */
export const LINGER_MS = 600_000
/** How long a successor may take to be ready to take over. */
export const SUCCESSOR_START_MS = 30_000
/** How often a successor asks for the lock of a predecessor that has died. */
export const LOCK_RETRY_MS = 50
/** How long a stop waits for a tracker to hear the last outcomes. */
export const GOODBYE_MS = 2_000

/** Below this much room a device takes no new bytes: directories and journals need some. */
export const RESERVED_BYTES = 16 * 1024 ** 2
/** The same of inodes, where a file system has so many and no more. */
export const RESERVED_INODES = 256
/** A device that does not answer its checks for so long is fenced until it does. */
export const CHECK_MS = 2_000
/** How often a device's gauges are read anew, and how often it must take a test file. */
export const GAUGE_EVERY_MS = 1_000
export const WRITE_TEST_EVERY_MS = 15_000
/** How old the health of a disk may be that is told: whoever asks it, disturbs it. */
export const SMART_EVERY_MS = 600_000
export const SMART_ANSWER_MS = 20_000
export const MAX_SMART_OUTPUT_BYTES = 1024 ** 2
/** The shortest token that keeps metrics from who guesses. */
export const MIN_METRICS_TOKEN_LENGTH = 16
/** How finely the pauses of the event loop are measured: a timer each. */
export const LOOP_DELAY_RESOLUTION_MS = 20
/** Leaf directories that are known to be durable, per device; forgotten all at once beyond. */
export const MAX_KNOWN_DIRECTORIES = 100_000

export const TRACKER_CONNECT_MS = 2_000
export const TRACKER_ANSWER_MS = 30_000
/** A full answer to a sync stays below a tenth of it; a leaf of the longest keys is the most. */
export const MAX_TRACKER_ANSWER_BYTES = 16 * 1024 ** 2
export const NODE_CONNECT_MS = 2_000
export const NODE_ANSWER_MS = 10_000
export const NODE_STALL_MS = 30_000
/** Connections to one node for pulling copies. */
export const NODE_CONNECTIONS = 16

/** Jobs on a device while clients wait for it. */
export const JOBS_BESIDE_CLIENTS = 2
/** Nobody waits for a device that no client has asked anything of for so long. */
export const CLIENT_GONE_MS = 1_000
/** So much of a second may pass at once through a flow; shorter rests than these are none. */
export const FLOW_BURST_MS = 20
export const MIN_FLOW_REST_MS = 5
/** Who is held up looks again so often whether the rate has changed. */
export const MAX_FLOW_REST_MS = 1_000
/** A copy that waited for so long to be read is refused: `busy`. Its destination asks elsewhere. */
export const COPY_WAIT_MS = 8_000

/** What one request of a split copy asks for; so many are in memory at once, of all copies. */
export const SEGMENT_BYTES = 4 * 1024 ** 2
export const MAX_SEGMENTS = 12
/** Segments on their way from one source to one copy. */
export const SEGMENTS_PER_SOURCE = 2
/** Starts in a row of a source that had served, and then brought nothing: it is given up. */
export const MAX_EMPTY_STARTS = 6
/** And so often it may break off in all, for one copy. */
export const MAX_BREAKS = 100
/** A source that broke off is asked again after this, and after twice that, and so on. */
export const FIRST_RESUME_MS = 250
/** Jobs that an agent holds, running or waiting; their leases are renewed with every sync. */
export const MAX_HELD_JOBS = 400
/** So many outcomes are reported at once, whatever the pace that the tracker asked for. */
export const REPORTS_THAT_WAKE = 50
export const SYNC_MIN_GAP_MS = 10
/** The pause of an agent that has no room for more jobs. */
export const FULL_PAUSE_MS = 500
/** A sweep rests this long after each directory. */
export const SWEEP_REST_MS = 5
/** A look at a disk rests for so many times as long as it worked, while clients want the disk. */
export const REST_BESIDE_CLIENTS = 9
/** Shorter rests are saved up: a timer is not finer, and a small file takes microseconds. */
export const MIN_LOOK_REST_MS = 20
/** Longer rests are interrupted, to see whether the disk is still ours. */
export const MAX_LOOK_REST_MS = 1_000
/** What was looked at is reported at least so often: a crash costs no more than this. */
export const LOOK_REPORT_MS = 10_000

/** How long after a file came its catalogue entry is asked for: by then its upload is closed. */
export const CATALOGUE_DELAY_MS = 2_000
/** An upload that was not closed by then is asked about again, each time later. */
export const CATALOGUE_RETRY_MS = 15_000
export const MAX_CATALOGUE_RETRY_MS = 600_000
/** How often trackers are asked what has changed, at the most; as rarely as there is a sync. */
export const CATALOGUE_EVERY_MS = 2_000
/** How often the definitions of the cluster are asked for: they are read whole to compare them. */
export const DEFINITIONS_EVERY_MS = 30_000
/** What a file system may round the time of a change down by. */
export const FILE_TIME_MARGIN_MS = 2_000
/** Questions about the catalogue rest for so many times as long as the last answer took. */
export const CATALOGUE_REST = 4
/** Files that came and are remembered one by one until they are described. */
export const MAX_AWAITED_FIDS = 100_000
/** A leaf of the catalogue is written anew when more of its lines say nothing than something. */
export const MAX_SPENT_LINES = 64
/** Bytes in quarantine are counted again this often, and so many files at the most. */
export const QUARANTINE_COUNT_MS = 60_000
export const MAX_QUARANTINE_COUNTED = 10_000

/** The side channel: MogileFS's trackers keep one connection each, and ask a line at a time. */
export const MAX_SIDE_CONNECTIONS = 64
export const MAX_SIDE_LINE_BYTES = 1_024
/** Of answers that nobody reads; then the connection is cut. */
export const MAX_SIDE_UNREAD_BYTES = 64 * 1024
export const SIDE_IDLE_MS = 600_000
export const WATCH_EVERY_MS = 1_000
export const USAGE_FILE_EVERY_MS = 10_000

export const MIN_PASSWORD_LENGTH = 16
/** A WebDAV request's XML, and how deep it may nest. */
export const MAX_XML_BYTES = 64 * 1024
export const MAX_XML_DEPTH = 32
export const MAX_IF_CONDITIONS = 100
/** What a resource of the scratch share may keep of properties. */
export const MAX_PROPERTY_BYTES = 64 * 1024
export const MAX_SCRATCH_NAME_BYTES = 240
export const MAX_SCRATCH_DEPTH = 64
/** Files and collections that one COPY makes. */
export const MAX_COPIED_RESOURCES = 10_000
export const MAX_LOCKS = 1_000
export const DEFAULT_LOCK_S = 1_800
export const MAX_LOCK_S = 86_400
/** Operations on the scratch share's disk in flight: they use the threads that all share. */
export const SCRATCH_LANE = 2
