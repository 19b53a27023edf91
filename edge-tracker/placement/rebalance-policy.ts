// What a rebalance moves, from where, and where to: MogileFS's options (its section on rebalance),
// as one text of `name=value` with spaces between. Thresholds mean "at least so much". Pure.
import { MAX_REBALANCE_POLICY_LENGTH } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'

/** Of the devices of one side; a list that is undefined names all of them. */
export interface Side {
  hosts?: readonly string[]
  devices?: readonly number[]
  percentUsed: number
  percentFree: number
  /** Bytes; the options are in megabytes. */
  spaceUsed: number
  spaceFree: number
}

export interface RebalancePolicy {
  from: Side
  to: Side
  notToHosts: readonly string[]
  notToDevices: readonly number[]
  oldestFirst: boolean
  /** For all sources together, or for each. */
  limitType: 'device' | 'global'
  limitBy: 'none' | 'size' | 'count' | 'percent'
  /** Bytes, files, or percent of what is used. */
  limit: number
  /** How many destinations each file may choose from. */
  destinationsEach: number
  /** A source that is done is drained: it gets no new files, and is emptied. */
  leaveInDrainMode: boolean
}

type Check = (value: string) => boolean
const MEGABYTE = 1024 ** 2
const SIZE = /^(\d{1,15})([bkmgtp]?)$/i

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    pattern.test(value)
const names = matches(/^[^,]+(,[^,]+)*$/)
const numbers = matches(/^\d{1,9}(,\d{1,9})*$/)
const yesOrNo = matches(/^[01]$/)
const percent: Check = (value) => /^\d{1,3}$/.test(value) && Number(value) <= 100
const megabytes = matches(/^\d{1,9}$/)

const sideOptions = (side: 'from' | 'to'): [string, Check][] => [
  [`${side}_all_devs`, yesOrNo], // accepted and never asked for, as in MogileFS
  [`${side}_hosts`, names],
  [`${side}_devices`, numbers],
  [`${side}_percent_used`, percent],
  [`${side}_percent_free`, percent],
  [`${side}_space_used`, megabytes],
  [`${side}_space_free`, megabytes],
]
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...sideOptions('from'),
  ...sideOptions('to'),
  ['not_to_hosts', names],
  ['not_to_devices', numbers],
  ['fid_age', matches(/^(old|new)$/)],
  ['limit_type', matches(/^(device|global)$/)],
  ['limit_by', matches(/^(none|size|count|percent)$/)],
  ['limit', matches(SIZE)],
  ['use_dest_devs', matches(/^(all|[1-9]\d{0,3})$/)],
  ['leave_in_drain_mode', yesOrNo],
])

type Options = ReadonlyMap<string, string>

/** Throws a `Problem` bad_rebal_pol that says what is wrong. */
export function parseRebalancePolicy(text: string): RebalancePolicy {
  const options = readOptions(text)
  const useDests = options.get('use_dest_devs') ?? 'all'
  return {
    from: sideOf(options, 'from'),
    to: sideOf(options, 'to'),
    notToHosts: listOf(options, 'not_to_hosts') ?? [],
    notToDevices: (listOf(options, 'not_to_devices') ?? []).map(Number),
    oldestFirst: oneOf(options, 'fid_age', ['old', 'new']) === 'old',
    limitType: oneOf(options, 'limit_type', ['device', 'global']),
    ...limitOf(options),
    destinationsEach: useDests === 'all' ? Number.POSITIVE_INFINITY : Number(useDests),
    leaveInDrainMode: options.get('leave_in_drain_mode') === '1',
  }
}

function readOptions(text: string): Options {
  if (text.length > MAX_REBALANCE_POLICY_LENGTH) refuse('it is too long')
  const options = new Map<string, string>()
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(word) ?? []
    const check = checks.get(name) ?? refuse(`${name === '' ? word : name} is no option`)
    if (options.has(name)) refuse(`${name} is named twice`)
    if (!check(value)) refuse(`${name} cannot be ${value}`)
    options.set(name, value)
  }
  return options
}

function limitOf(options: Options) {
  const limitBy = oneOf(options, 'limit_by', ['none', 'size', 'count', 'percent'])
  const limit = sizeOf(options.get('limit') ?? '0')
  if (limitBy !== 'none' && limit === 0) refuse(`limit_by=${limitBy} needs a limit`)
  if (limitBy === 'percent' && limit > 100) refuse('a limit in percent is at most 100')
  return { limitBy, limit }
}

/** One that was checked when it was stored; none is one that goes nowhere. */
export function storedRebalancePolicy(text: string): RebalancePolicy {
  if (parsed?.text !== text) parsed = { text, policy: parseRebalancePolicy(text) }
  return parsed.policy
}
let parsed: { text: string; policy: RebalancePolicy } | undefined

function refuse(problem: string): never {
  throw new Problem('bad_rebal_pol', { problem })
}

const listOf = (options: Options, name: string) => options.get(name)?.split(',')

const oneOf = <Word extends string>(
  options: Options,
  name: string,
  words: readonly [Word, ...Word[]],
): Word => words.find((word) => word === options.get(name)) ?? words[0]

function sideOf(options: Options, side: 'from' | 'to'): Side {
  const hosts = listOf(options, `${side}_hosts`)
  const devices = listOf(options, `${side}_devices`)?.map(Number)
  const threshold = (name: string) => Number(options.get(`${side}_${name}`) ?? 0)
  return {
    ...(hosts !== undefined && { hosts }),
    ...(devices !== undefined && { devices }),
    percentUsed: threshold('percent_used'),
    percentFree: threshold('percent_free'),
    spaceUsed: threshold('space_used') * MEGABYTE,
    spaceFree: threshold('space_free') * MEGABYTE,
  }
}

/** `5G` and the like; without a suffix, as it stands. */
function sizeOf(text: string): number {
  const [, digits = '0', suffix = ''] = SIZE.exec(text) ?? []
  return Number(digits) * 1024 ** Math.max(0, 'bkmgtp'.indexOf(suffix.toLowerCase() || 'b'))
}
