// Policy strings as classes store them: `Name(arguments)`, each name with its parser in one table.
// The grammar is MogileFS's (section 4): its prefix is understood, no text is MultipleHosts().

import { MAX_COPIES, MAX_PARSED_POLICIES, MAX_POLICY_LENGTH } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { hostsPerNetwork } from './hosts-per-network.ts'
import { multipleDevices } from './multiple-devices.ts'
import { multipleHosts } from './multiple-hosts.ts'
import { multipleNetworks } from './multiple-networks.ts'
import { union } from './union.ts'
import type { Policy, PolicyAsk, Verdict } from './verdict.ts'

const PREFIX = 'MogileFS::ReplicationPolicy::'
export const DEFAULT_POLICY = 'MultipleHosts()'

/** Throws a `Problem` invalid_replpolicy that says what is wrong. */
export function parsePolicy(text: string): Policy {
  const refuse = (problem: string): never => {
    throw new Problem('invalid_replpolicy', { policy: text.slice(0, MAX_POLICY_LENGTH), problem })
  }
  if (text.length > MAX_POLICY_LENGTH) refuse(`longer than ${MAX_POLICY_LENGTH} characters`)
  return policyOf(text.trim() === '' ? DEFAULT_POLICY : text, refuse)
}

/**
 * A policy as a class has it. One that cannot be parsed (written by hand into the database) has
 * its files stuck with the reason, and nothing else fails.
 */
export function storedPolicy(text: string): Policy {
  const known = stored.get(text)
  if (known !== undefined) return known
  if (stored.size >= MAX_PARSED_POLICIES) stored.clear()
  const policy = parseOrStick(text)
  stored.set(text, policy)
  return policy
}
const stored = new Map<string, Policy>()

function parseOrStick(text: string): Policy {
  try {
    return parsePolicy(text)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const reason = `its policy cannot be read: ${error.message}`
    return { text, copies: (ofClass) => ofClass, judge: () => ({ kind: 'stuck', reason }) }
  }
}

type Refuse = (problem: string) => never

function policyOf(text: string, refuse: Refuse): Policy {
  const [, name = '', args = ''] = /^\s*([\w:]+)\s*\((.*)\)\s*$/s.exec(text) ?? refuse(NOT_A_CALL)
  const parser = parsers.get(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name)
  return parser?.(args.trim(), refuse) ?? refuse(`${name} is none of ${policyNames.join(', ')}`)
}
const NOT_A_CALL = 'not a name with arguments in parentheses'

/** A policy that takes a number of copies, which overrides the class's. */
const counted =
  (name: string, judge: (ask: PolicyAsk) => Verdict) =>
  (args: string, refuse: Refuse): Policy => {
    const own = args === '' ? undefined : countOf(args, refuse)
    return {
      text: `${name}(${own ?? ''})`,
      copies: (ofClass) => own ?? ofClass,
      judge: (ask) => judge({ ...ask, copies: own ?? ask.copies }),
    }
  }

function countOf(text: string, refuse: Refuse): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= MAX_COPIES
    ? count
    : refuse(`${JSON.stringify(text)} is no number of copies from 1 to ${MAX_COPIES}`)
}

function parseHostsPerNetwork(args: string, refuse: Refuse): Policy {
  const wanted = new Map<string, number>()
  for (const part of args.split(',')) {
    const [, zone = '', count = ''] =
      /^\s*([^\s=,()]+)\s*=\s*(\d+)\s*$/.exec(part) ??
      refuse(`${JSON.stringify(part.trim())} is not ZONE=NUMBER`)
    if (wanted.has(zone)) refuse(`zone ${zone} is named twice`)
    wanted.set(zone, countOf(count, refuse))
  }
  const copies = [...wanted.values()].reduce((sum, count) => sum + count, 0)
  if (copies > MAX_COPIES) refuse(`${copies} copies in all are more than ${MAX_COPIES}`)
  return {
    text: `HostsPerNetwork(${[...wanted].map(([zone, count]) => `${zone}=${count}`).join(',')})`,
    copies: () => copies,
    judge: (ask) => hostsPerNetwork(wanted, ask),
  }
}

function parseUnion(args: string, refuse: Refuse): Policy {
  const members = splitCalls(args).map((member) => policyOf(member, refuse))
  return {
    text: `Union(${members.map(({ text }) => text).join(',')})`,
    copies: (ofClass) => Math.max(...members.map((member) => member.copies(ofClass))),
    judge: (ask) => union(members, ask),
  }
}

/** At the commas that are in no parentheses. */
function splitCalls(text: string): string[] {
  const calls = ['']
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    if (character === ')') depth--
    if (character === ',' && depth === 0) calls.push('')
    else calls.push(`${calls.pop() ?? ''}${character}`)
  }
  return calls
}

/** The policies by name. */
const parsers = new Map<string, (args: string, refuse: Refuse) => Policy>([
  ['MultipleHosts', counted('MultipleHosts', multipleHosts)],
  ['MultipleDevices', counted('MultipleDevices', multipleDevices)],
  ['MultipleNetworks', counted('MultipleNetworks', multipleNetworks)],
  ['HostsPerNetwork', parseHostsPerNetwork],
  ['Union', parseUnion],
])
const policyNames: readonly string[] = [...parsers.keys()]
