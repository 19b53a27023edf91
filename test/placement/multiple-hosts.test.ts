// The ten rules of MultipleHosts in MogileFS's order (section 4), each met by a case of its own.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { multipleHosts } from '#tracker/placement/replication-policy/multiple-hosts.ts'
import type { PolicyAsk } from '#tracker/placement/replication-policy/verdict.ts'
import { device, idsOf } from './device.ts'

/** Two disks in each of three hosts. */
const [a1, a2] = [device(11, { hostId: 1 }), device(12, { hostId: 1 })]
const [b1, b2] = [device(21, { hostId: 2 }), device(22, { hostId: 2 })]
const [c1, c2] = [device(31, { hostId: 3 }), device(32, { hostId: 3 })]
const twoHosts = [a1, a2, b1, b2]
const threeHosts = [...twoHosts, c1, c2]
const changed = (of: DeviceView, change: Partial<DeviceView>) => ({ ...of, ...change })

const named = (devices: readonly DeviceView[]) => idsOf(devices).join(' ') || 'none'

/** The verdict in one line: `short: ideal 21 22, desperate 12`. All others are free unless told. */
function verdictOf(ask: Omit<PolicyAsk, 'candidates'> & { free?: readonly DeviceView[] }): string {
  const candidates = ask.free ?? ask.all.filter((each) => !ask.on.includes(each))
  const verdict = multipleHosts({ ...ask, candidates })
  if (verdict.kind === 'stuck') return `stuck: ${verdict.reason}`
  if (verdict.kind !== 'short') return verdict.kind
  return `short: ideal ${named(verdict.ideal)}, desperate ${named(verdict.desperate)}`
}

const NO_DEVICE = 'stuck: no device can take a copy'
const SHARED = 'stuck: copies share a host, and no other host can take one'

interface Case {
  says: string
  on: readonly DeviceView[]
  copies: number
  all?: readonly DeviceView[]
  free?: readonly DeviceView[]
  verdict: string
}

const cases: Record<string, Case[]> = {
  'rule 1: one copy of a class that wants one': [
    { says: 'is good', on: [a1], copies: 1, verdict: 'good' },
    { says: 'is good in the only host too', on: [a1], copies: 1, all: [a1], verdict: 'good' },
  ],
  'rule 2: copies on more hosts than wanted': [
    { says: 'are too good', on: [a1, b1, c1], copies: 2, verdict: 'too-good' },
    { says: 'are too good for one copy', on: [a1, b1], copies: 1, verdict: 'too-good' },
  ],
  'rule 3: more copies than wanted': [
    { says: 'are too good in one host', on: [a1, a2], copies: 1, verdict: 'too-good' },
    {
      says: 'are too good though hosts are enough',
      on: [a1, a2, b1],
      copies: 2,
      verdict: 'too-good',
    },
  ],
  'rule 4: copies on as many hosts as wanted': [
    { says: 'are good', on: [a1, b1], copies: 2, verdict: 'good' },
    { says: 'are good, three of three', on: [a1, b1, c1], copies: 3, verdict: 'good' },
  ],
  'rule 5: copies on every host that there is, and enough of them': [
    { says: 'are good', on: [a1, a2, b1], copies: 3, all: twoHosts, verdict: 'good' },
    {
      says: 'are good when the other host takes none by its state',
      on: [a1, a2],
      copies: 2,
      all: [a1, a2, changed(b1, { state: 'drain' })],
      verdict: 'good',
    },
    {
      says: 'are good when the other host is down',
      on: [a1, a2],
      copies: 2,
      all: [a1, a2, changed(b1, { hostState: 'down' })],
      verdict: 'good',
    },
    {
      says: 'are not good when the other host is only full for now',
      on: [a1, a2],
      copies: 2,
      all: [a1, a2, changed(b1, { condition: 'full' })],
      free: [],
      verdict: NO_DEVICE,
    },
  ],
  'rule 6: copies on every disk that is not dead': [
    {
      says: 'are good, though fewer than wanted',
      on: [a1, b1],
      copies: 3,
      all: [a1, b1, changed(c1, { state: 'dead' })],
      verdict: 'good',
    },
    {
      says: 'are not good when it is one disk alone',
      on: [a1],
      copies: 2,
      all: [a1],
      verdict: NO_DEVICE,
    },
    {
      says: 'are not good while a disk is only down',
      on: [a1, b1],
      copies: 3,
      all: [a1, b1, changed(c1, { state: 'down' })],
      free: [],
      verdict: NO_DEVICE,
    },
  ],
  'rule 7: the next copy': [
    {
      says: 'goes to another host, and to the same only in despair',
      on: [a1],
      copies: 2,
      verdict: 'short: ideal 21 22 31 32, desperate 12',
    },
    {
      says: 'goes anywhere when every host has one',
      on: [a1, b1],
      copies: 3,
      all: twoHosts,
      verdict: 'short: ideal 12 22, desperate none',
    },
    {
      says: 'goes anywhere while there is none',
      on: [],
      copies: 2,
      all: [a1, b1],
      verdict: 'short: ideal 11 21, desperate none',
    },
    {
      says: 'goes to the same host when no other can take it',
      on: [a1],
      copies: 2,
      free: [a2],
      verdict: 'short: ideal none, desperate 12',
    },
  ],
  'rule 8: no candidate': [
    { says: 'leaves a file waiting', on: [a1], copies: 2, free: [], verdict: NO_DEVICE },
  ],
  'rule 9: enough copies in too few hosts, and no free other host': [
    {
      says: 'waits, and does not pile up copies',
      on: [a1, a2],
      copies: 2,
      all: [...threeHosts, device(13, { hostId: 1 })],
      free: [device(13, { hostId: 1 })],
      verdict: SHARED,
    },
  ],
  'rule 10: else the lists are the answer': [
    {
      says: 'even above the wanted number, to reach another host',
      on: [a1, a2],
      copies: 2,
      verdict: 'short: ideal 21 22 31 32, desperate none',
    },
    {
      says: 'for the third host of three copies',
      on: [a1, b1],
      copies: 3,
      verdict: 'short: ideal 31 32, desperate 12 22',
    },
  ],
}

for (const [rule, its] of Object.entries(cases))
  describe(rule, () => {
    for (const { says, verdict, all = threeHosts, ...ask } of its)
      test(says, () => assert.equal(verdictOf({ ...ask, all }), verdict))
  })
