// The rules of MultipleDevices, MultipleNetworks, HostsPerNetwork and Union (MogileFS section 4),
// each met by a case of its own.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { a1, a2, b1, b2, type Case, c1, c2, d1, d2, twoZones, verdictOf } from './verdicts.ts'

const NO_DEVICE = 'stuck: no device can take a copy'
const near = [a1, a2, b1, b2]
const devices = 'MultipleDevices()'
const networks = 'MultipleNetworks()'
const twoAndOne = 'HostsPerNetwork(near=2,far=1)'
const both = 'Union(MultipleHosts(3),HostsPerNetwork(far=1))'

const cases: Record<string, Case[]> = {
  MultipleDevices: [
    { says: 'as many devices as wanted: good', policy: devices, on: [a1, a2], verdict: 'good' },
    { says: 'more: too good', policy: devices, on: [a1, a2, b1], verdict: 'too-good' },
    {
      says: 'its own number overrides the class',
      policy: 'MultipleDevices(3)',
      on: [a1, a2, b1],
      verdict: 'good',
    },
    {
      says: 'two copies on all disks that there are: good',
      policy: devices,
      on: [a1, a2],
      copies: 3,
      all: [a1, a2, { ...b1, state: 'dead' }],
      verdict: 'good',
    },
    {
      says: 'one copy on the only disk: waits',
      policy: devices,
      on: [a1],
      all: [a1],
      verdict: NO_DEVICE,
    },
    {
      says: 'any other device is ideal, of the same host too',
      policy: devices,
      on: [a1],
      all: near,
      verdict: 'short: ideal 12 21 22, desperate none',
    },
  ],
  MultipleNetworks: [
    { says: 'a copy in each network: good', policy: networks, on: [a1, c1], verdict: 'good' },
    {
      says: 'two hosts of one network: another network is wanted, above the number too',
      policy: networks,
      on: [a1, b1],
      verdict: 'short: ideal 31 32 41 42, desperate none',
    },
    {
      says: 'both networks, more hosts than wanted: too good',
      policy: networks,
      on: [a1, b1, c1],
      verdict: 'too-good',
    },
    {
      says: 'as many hosts, and a disk more: too good',
      policy: networks,
      on: [a1, a2, c1],
      verdict: 'too-good',
    },
    {
      says: 'no more networks are wanted than there are',
      policy: networks,
      on: [a1, c1, d1],
      copies: 3,
      verdict: 'good',
    },
    {
      says: 'the third copy: other hosts before other disks of the same',
      policy: networks,
      on: [a1, c1],
      copies: 3,
      verdict: 'short: ideal none, desperate 21 22 41 42, last 12 32',
    },
    {
      says: 'the second copy: a new network, then a new host, then the same host',
      policy: networks,
      on: [a1],
      verdict: 'short: ideal 31 32 41 42, desperate 21 22, last 12',
    },
    {
      says: 'one network alone: its hosts are enough',
      policy: networks,
      on: [a1, b1],
      all: near,
      verdict: 'good',
    },
    {
      says: 'every host there is, and copies enough: good',
      policy: networks,
      on: [a1, a2, b1],
      copies: 3,
      all: near,
      verdict: 'good',
    },
    {
      says: 'enough copies in one network, none free in the other: waits, piles up none',
      policy: networks,
      on: [a1, b1],
      free: [a2, b2],
      verdict: 'stuck: copies share a network, and no other network can take one',
    },
    {
      says: 'enough copies, networks enough, hosts too few and none free: waits',
      policy: networks,
      on: [a1, a2, c1],
      copies: 3,
      free: [c2],
      verdict: 'stuck: copies share a host, and no other host can take one',
    },
    { says: 'one copy of one: good', policy: networks, on: [a1], copies: 1, verdict: 'good' },
    { says: 'nothing free: waits', policy: networks, on: [a1], free: [], verdict: NO_DEVICE },
  ],
  HostsPerNetwork: [
    {
      says: 'as many hosts in each zone: good',
      policy: twoAndOne,
      on: [a1, b1, c1],
      verdict: 'good',
    },
    {
      says: 'a zone with more devices than asked for: too good',
      policy: twoAndOne,
      on: [a1, b1, c1, c2],
      verdict: 'too-good',
    },
    {
      says: 'candidates are in the zones that lack a copy alone',
      policy: twoAndOne,
      on: [a1, b1],
      verdict: 'short: ideal 31 32 41 42, desperate none',
    },
    {
      says: 'a new host is ideal, a used one is for despair',
      policy: twoAndOne,
      on: [a1, c1],
      verdict: 'short: ideal 21 22, desperate 12',
    },
    {
      says: 'where the zone has fewer hosts than asked for, devices count',
      policy: twoAndOne,
      on: [a1, a2, c1],
      all: [a1, a2, c1, d1],
      verdict: 'good',
    },
    {
      says: 'it does not look at the number of the class',
      policy: twoAndOne,
      on: [a1, b1, c1],
      copies: 9,
      verdict: 'good',
    },
    {
      says: 'a zone that can take none is named',
      policy: twoAndOne,
      on: [a1, b1],
      free: [a2, b2],
      verdict: 'stuck: no device in zone far can take a copy',
    },
    {
      says: 'what lies in a zone that is not named is too much',
      policy: 'HostsPerNetwork(near=2)',
      on: [a1, b1, c1],
      verdict: 'too-good',
    },
  ],
  Union: [
    { says: 'all members content: good', policy: both, on: [a1, b1, c1], verdict: 'good' },
    {
      says: 'what one has too much of, another needs: good',
      policy: 'Union(MultipleHosts(1),HostsPerNetwork(near=1,far=1))',
      on: [a1, c1],
      verdict: 'good',
    },
    {
      says: 'none needs the last one: too good',
      policy: both,
      on: [a1, b1, c1, d1],
      verdict: 'too-good',
    },
    {
      says: 'what is ideal for all comes first, then what is for some',
      policy: both,
      on: [a1],
      verdict: 'short: ideal 31 32 41 42, desperate 12 21 22',
    },
    {
      says: 'members that want different places get one after the other',
      policy: 'Union(HostsPerNetwork(near=1),HostsPerNetwork(far=1))',
      on: [],
      verdict: 'short: ideal 11 12 21 22 31 32 41 42, desperate none',
    },
    {
      says: 'a member that is stuck does not hold up another',
      policy: both,
      on: [a1],
      free: [b1],
      verdict: 'short: ideal 21, desperate none',
    },
    {
      says: 'all that are short are stuck: the reasons of all',
      policy: both,
      on: [a1, b1],
      free: [],
      verdict: `${NO_DEVICE}; no device in zone far can take a copy`,
    },
    {
      says: 'a union may hold unions',
      policy: `Union(${both},MultipleDevices(4))`,
      on: [a1, b1, c1],
      all: twoZones,
      verdict: 'short: ideal 12 22 32 41 42, desperate none',
    },
  ],
  'disks out of service': [
    {
      says: 'a network whose hosts are down is not waited for',
      policy: networks,
      on: [a1, b1],
      all: [...near, { ...c1, hostState: 'down' }, { ...d2, state: 'drain' }],
      verdict: 'good',
    },
  ],
}

for (const [policy, its] of Object.entries(cases))
  describe(policy, () => {
    for (const each of its) test(each.says, () => assert.equal(verdictOf(each), each.verdict))
  })
