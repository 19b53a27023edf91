// The closed catalogue of refusals: a code never changes its meaning. MogileFS's codes where the
// meaning is the same. `retry` is what a client should do: never, later, or at another node.

export type Retry = 'never' | 'later' | 'elsewhere'
interface Entry {
  readonly status: number
  readonly title: string
  readonly retry: Retry
  readonly hint?: string
}
const entry = (status: number, title: string, retry: Retry = 'never', hint?: string): Entry =>
  hint === undefined ? { status, title, retry } : { status, title, retry, hint }

const POLICY_HINT = 'Such as MultipleHosts(), MultipleNetworks(3), HostsPerNetwork(near=2,far=1).'
const STOP_IT = 'Stop it first: `mog rebalance stop`.'

const KEY_HINT = 'Send `Authorization: Bearer KEY`; `mog key ls` lists the keys that are good here.'
const SHARE_HINT = 'Ask whoever sent it for another one: `mog share KEY --for 1h`.'

export const problems = {
  // the request itself
  invalid_json: entry(400, 'The body is not JSON'),
  invalid_request: entry(400, 'The request does not fit the API'),
  invalid_key: entry(400, 'Keys are 1 to 1,024 bytes of UTF-8 without NUL'),
  unknown_route: entry(404, 'There is nothing at this URL'),
  method_not_allowed: entry(405, 'This URL does not answer to that method'),
  body_too_large: entry(413, 'The body is larger than the limit'),
  unauthorized: entry(401, 'A valid key is needed', 'never', KEY_HINT),
  forbidden: entry(403, 'This key may not do that', 'never', 'Ask for a key with that scope.'),

  share_invalid: entry(403, 'This link allows nothing, or not this', 'never', SHARE_HINT),
  share_expired: entry(403, 'This link has expired', 'never', SHARE_HINT),

  // names
  unreg_domain: entry(404, 'No such domain', 'never', 'Create it with `mog domain add NAME`.'),
  unreg_class: entry(404, 'No such class in this domain', 'never', 'See `mog class ls DOMAIN`.'),
  unknown_key: entry(404, 'No file has this key'),
  key_exists: entry(409, 'Another file has this key'),
  key_in_batch: entry(409, 'Another item of this batch has the same key', 'later'),
  precondition_failed: entry(412, 'The key does not hold what the request expects'),
  cursor_expired: entry(
    410,
    'Changes behind this cursor were pruned',
    'never',
    'List the domain anew, from `after=now` taken before.',
  ),
  after_mismatch: entry(400, '`after` does not begin with `prefix`'),
  domain_exists: entry(409, 'This domain exists already'),
  domain_has_files: entry(409, 'The domain still has files'),
  class_exists: entry(409, 'This class exists already'),
  class_has_files: entry(409, 'The class still has files'),
  invalid_replpolicy: entry(400, 'This is no replication policy', 'never', POLICY_HINT),
  nodel_default_class: entry(409, 'The default class cannot be deleted'),
  invalid_mindevcount: entry(400, 'A class has 1 to 10 copies'),
  invalid_hashtype: entry(400, 'Not a checksum of this kind', 'never', 'See `mog class ls`.'),
  not_in_trash: entry(404, 'The trash does not hold that file', 'never', 'See `mog trash ls`.'),
  no_copy_left: entry(410, 'No copy of that file is left'),
  host_exists: entry(409, 'A host has this name already'),
  unknown_host: entry(404, 'No such host', 'never', 'See `mog host ls`.'),
  host_not_empty: entry(409, 'The host still has devices', 'never', 'See `mog device rm`.'),
  rotation_too_early: entry(409, 'URLs that were given out would be refused', 'later'),
  duplicate_address: entry(409, 'Another host has this address'),
  unknown_state: entry(400, 'There is no such state'),
  no_device: entry(404, 'No such device', 'never', 'See `mog device ls`.'),
  existing_devid: entry(409, 'This device number is taken, or was'),
  device_not_dead: entry(409, 'Only a dead device can be forgotten'),
  device_not_empty: entry(409, 'Copies or orders still name the device', 'later'),
  unknown_api_key: entry(404, 'No such API key'),
  unknown_webhook: entry(404, 'No such webhook', 'never', 'See `mog webhook ls`.'),
  not_writable: entry(400, 'No such setting', 'never', 'GET /v1/admin/settings names them all.'),
  state_too_high: entry(409, 'A dead device cannot come back', 'never', 'Give it a new number.'),

  unknown_fsck: entry(404, 'No such fsck run', 'never', 'See `mog fsck status`.'),
  fsck_over: entry(409, 'This fsck run is over', 'never', 'Start another with `mog fsck start`.'),
  no_set_rebal: entry(409, 'The policy cannot be changed while a rebalance runs', 'never', STOP_IT),
  bad_rebal_pol: entry(
    400,
    'This is no rebalance policy',
    'never',
    'See `mog help rebalance policy`.',
  ),
  no_rebal_policy: entry(409, 'No rebalance policy is set', 'never', 'See `mog rebalance policy`.'),
  rebal_running: entry(409, 'A rebalance runs', 'never', STOP_IT),
  rebal_not_started: entry(409, 'No rebalance runs', 'never', 'Start one: `mog rebalance start`.'),

  rebuild_refused: entry(
    409,
    'A rebuild fills an empty database from the disks of one cluster',
    'never',
    'See `mog rebuild status`.',
  ),
  rebuild_undefined: entry(409, 'No disk has told yet what domains and classes there are'),

  // storing
  no_devices: entry(503, 'No device can take this file now', 'later', 'See `mog device ls`.'),
  no_temp_file: entry(404, 'The upload is unknown, expired, or was closed and then replaced'),
  invalid_destdev: entry(409, 'This device was not offered for the upload'),
  bogus_args: entry(409, 'The URL is not the one that was given for this upload and device'),
  invalid_receipt: entry(409, 'The receipt is not from that device for that upload'),
  size_mismatch: entry(409, 'The stored size is not the promised size'),
  bad_digest: entry(400, 'The bytes do not have the Content-MD5 that came with them'),
  checksum_mismatch: entry(409, 'The stored bytes do not have the promised checksum'),
  quota_exceeded: entry(
    507,
    'The domain has no room for this file',
    'never',
    'See `mog domain ls`.',
  ),
  deletions_braked: entry(
    429,
    'This key has deleted too much too fast',
    'later',
    'An operator can let it go on: `mog key release ID`.',
  ),
  too_many_requests: entry(429, 'This caller asks too often', 'later'),
  copies_pending: entry(503, 'The file is stored, but not on as many devices yet', 'later'),
  size_verify_error: entry(502, 'The device could not be asked for what it stored', 'elsewhere'),
  no_readable_replica: entry(503, 'No copy can be read at the moment', 'later'),

  // at a node
  ticket_missing: entry(403, 'This URL carries no ticket', 'never', 'Ask the tracker for a URL.'),
  ticket_invalid: entry(403, 'The ticket is not for this request, or was altered'),
  ticket_expired: entry(
    403,
    'The ticket has expired',
    'elsewhere',
    'Ask the tracker for a new URL.',
  ),
  unknown_fid: entry(404, 'This device does not hold that file', 'elsewhere'),
  fid_exists: entry(409, 'Other bytes are stored under this fid already'),
  body_cut_off: entry(400, 'The body ended before its announced length'),
  device_unavailable: entry(503, 'The device does not accept this now', 'elsewhere'),
  disk_full: entry(507, 'The device has no room for this file', 'elsewhere'),
  busy: entry(503, 'Too much is in flight', 'later'),
  range_not_satisfiable: entry(416, 'The file does not have that range'),
  offset_mismatch: entry(409, 'So much has not come, or more', 'later', 'Ask again by HEAD.'),
  part_mismatch: entry(460, 'What came does not have the checksum that came with it', 'later'),
  condition_failed: entry(412, 'What lies here is not what the request expects'),

  // at a node's scratch share, or where its devices are browsed
  unknown_resource: entry(404, 'There is nothing by this name'),
  no_parent: entry(409, 'The collection that it would be in does not exist'),
  resource_locked: entry(423, 'It is locked, and its lock token was not sent'),
  lock_mismatch: entry(409, 'That lock is not of this resource'),
  unsupported_body: entry(415, 'This method takes no such body'),
  infinite_depth: entry(403, 'Depth: infinity is not answered', 'never', 'Ask level by level.'),
  foreign_destination: entry(502, 'The destination is not on this share'),

  // agents
  invalid_enrollment: entry(
    403,
    'The enrollment token is unknown or used',
    'never',
    'Get one with `mog host add NAME`, or `mog host token NAME`.',
  ),

  // our side
  database_unavailable: entry(503, 'The database does not answer', 'later'),
  commit_failed: entry(502, 'The bytes are stored, but the tracker could not be told', 'later'),
  internal: entry(500, 'Something is wrong on our side; it was logged', 'later'),
} as const satisfies Record<string, Entry>

export type ProblemCode = keyof typeof problems
export type Facts = Readonly<Record<string, unknown>>

/** A refusal. Thrown anywhere, rendered once at the edge. Facts must hold no secret. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly facts: Facts

  constructor(code: ProblemCode, facts: Facts = {}, options?: ErrorOptions) {
    super(describe(code, facts), options)
    this.code = code
    this.facts = facts
  }

  get entry(): Entry {
    return problems[this.code]
  }
}

/** The RFC 9457 body of a refusal. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  code: string
  detail: string
  requestId: string
  retry: Retry
  hint?: string
}

export const problemDocument = (problem: Problem, requestId: string): ProblemDocument => ({
  type: `urn:mogile-edge:problem:${problem.code}`,
  title: problem.entry.title,
  status: problem.entry.status,
  code: problem.code,
  detail: problem.message,
  requestId,
  retry: problem.entry.retry,
  ...(problem.entry.hint !== undefined && { hint: problem.entry.hint }),
})

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)

function describe(code: ProblemCode, facts: Facts): string {
  const known = Object.entries(facts).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const { title } = problems[code]
  return known.length === 0 ? title : `${title} (${known.join(', ')})`
}
