// What a command refuses: MogileFS's code and a sentence. What trackers refuse is told by the same
// code, or by the one that MogileFS has for it. A sentence names no key and no other code: Java's
// client looks for codes in the whole line.
import { Refusal } from '#shared/client/refusal.ts'
import { type ProblemCode, problems } from '#shared/problems.ts'

/** For the codes of which a sentence says more than the code. */
const sentences: Readonly<Record<string, string>> = {
  after_mismatch: 'The keys behind `after` do not begin with the prefix',
  bad_params: 'An argument is missing, or means nothing here',
  busy: 'Too much is under way: try again',
  class_exists: 'The domain has a class of this name already',
  class_has_files: 'The class still has files',
  class_not_found: 'No such class in this domain',
  db: 'The database did not take it, or does not answer',
  domain_exists: 'There is a domain of this name already',
  domain_has_classes: 'The domain still has classes besides the default one',
  domain_has_files: 'The domain still has files',
  domain_not_found: 'No such domain',
  dup: 'This name, number or address is taken',
  failure: 'It could not be done',
  fid_in_use: 'Fids are numbered by the database: leave it out',
  host_exists: 'There is a host of this name already',
  host_mismatch: 'The device is on another host',
  host_not_empty: 'The host still has devices',
  host_not_found: 'No such host',
  invalid_mindevcount: 'A class has 1 to 10 copies',
  key_exists: 'Another file has this key',
  line_too_long: 'A line is longer than any command',
  no_class: 'No class was named',
  no_device: 'No such device',
  no_devices: 'No device can take this file now',
  no_domain: 'No domain was named',
  no_host: 'No host was named',
  no_ip: 'A new host needs an ip',
  no_port: 'A new host needs a port',
  no_rebal_policy: 'No rebalance policy is set',
  no_rebal_state: 'No rebalance was started',
  no_temp_file: 'The upload is unknown, expired or closed',
  nodel_default_class: 'The default class cannot be deleted',
  none_match: 'No key matches',
  rebal_not_started: 'No rebalance runs',
  state_too_high: 'A dead device cannot come back',
  unknown_command: 'There is no such command',
  unknown_host: 'No such host',
  unknown_state: 'There is no such state',
  unreg_domain: 'No such domain',
}

export class LineRefusal extends Error {
  override readonly name = 'LineRefusal'
  readonly code: string

  constructor(code: string, text: string = sentences[code] ?? code) {
    super(text)
    this.code = code
  }
}

/** Codes of ours, and what they are called in a command's answer. */
export type Codes = Readonly<Record<string, string>>

const everywhere: Codes = {
  database_unavailable: 'db',
  device_unavailable: 'failure',
  duplicate_address: 'dup',
  fsck_over: 'failure',
  internal: 'failure',
  invalid_json: 'failure',
  invalid_request: 'bad_params',
  precondition_failed: 'failure',
  strange_answer: 'failure',
  unknown_fid: 'unknown_fid',
  unknown_fsck: 'failure',
  unknown_route: 'failure',
}

/** Anything that was thrown, as it is answered. */
export function refusalOf(error: unknown, codes: Codes = {}): LineRefusal {
  if (error instanceof LineRefusal) return error
  if (!(error instanceof Refusal)) return new LineRefusal('failure')
  const code = codes[error.code] ?? everywhere[error.code] ?? error.code
  return new LineRefusal(code, textFor(code, error))
}

/** What says little as a code is said as the tracker said it; nothing that a client named is. */
function textFor(code: string, { code: ours, detail }: Refusal): string {
  const title = isProblemCode(ours) ? problems[ours].title : detail
  return GENERAL.has(code) ? title : (sentences[code] ?? title)
}

const GENERAL: ReadonlySet<string> = new Set(['bad_params', 'db', 'failure'])
const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)
