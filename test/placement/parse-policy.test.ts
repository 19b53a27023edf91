// Policy strings: MogileFS's grammar, and a refusal that says what is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_POLICY_LENGTH } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { parsePolicy, storedPolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { a1 } from './verdicts.ts'

for (const [text, canonical, copies] of [
  ['', 'MultipleHosts()', 2],
  ['MultipleHosts()', 'MultipleHosts()', 2],
  [' MultipleHosts ( 3 ) ', 'MultipleHosts(3)', 3],
  ['MogileFS::ReplicationPolicy::MultipleHosts(5)', 'MultipleHosts(5)', 5],
  ['MultipleDevices(03)', 'MultipleDevices(3)', 3],
  ['MultipleNetworks()', 'MultipleNetworks()', 2],
  ['HostsPerNetwork( near = 2 , far=1)', 'HostsPerNetwork(near=2,far=1)', 3],
  ['HostsPerNetwork(10.1.0.0/16=1)', 'HostsPerNetwork(10.1.0.0/16=1)', 1],
  [
    'Union(MultipleHosts(), HostsPerNetwork(near=2,far=1))',
    'Union(MultipleHosts(),HostsPerNetwork(near=2,far=1))',
    3,
  ],
  [
    'Union(Union(MultipleDevices(4)),MultipleHosts())',
    'Union(Union(MultipleDevices(4)),MultipleHosts())',
    4,
  ],
] as const)
  test(`${JSON.stringify(text)} is ${canonical}`, () => {
    const policy = parsePolicy(text)
    assert.equal(policy.text, canonical)
    assert.equal(policy.copies(2), copies)
    assert.equal(parsePolicy(canonical).text, canonical)
  })

for (const [text, problem] of [
  ['MultipleHosts', /not a name with arguments/],
  ['MultipleHosts(2', /not a name with arguments/],
  ['RackAware(2)', /RackAware is none of MultipleHosts, /],
  ['MultipleHosts(0)', /"0" is no number of copies/],
  ['MultipleHosts(11)', /"11" is no number of copies from 1 to 10/],
  ['MultipleHosts(two)', /"two" is no number/],
  ['MultipleHosts(2,3)', /"2,3" is no number/],
  ['HostsPerNetwork()', /"" is not ZONE=NUMBER/],
  ['HostsPerNetwork(near=2,far)', /"far" is not ZONE=NUMBER/],
  ['HostsPerNetwork(near=2,near=1)', /zone near is named twice/],
  ['HostsPerNetwork(near=0)', /"0" is no number of copies/],
  ['HostsPerNetwork(near=6,far=6)', /12 copies in all are more than 10/],
  ['Union()', /not a name with arguments/],
  ['Union(MultipleHosts(),)', /not a name with arguments/],
  ['Union(MultipleHosts()) MultipleHosts()', /is none of|not a name/],
  [`MultipleHosts(${' '.repeat(MAX_POLICY_LENGTH)})`, /longer than/],
] as const)
  test(`${JSON.stringify(text.slice(0, 50))} is refused`, () => {
    assert.throws(
      () => parsePolicy(text),
      (error) => {
        assert.ok(error instanceof Problem && error.code === 'invalid_replpolicy')
        assert.match(String(error.facts['problem']), problem)
        return true
      },
    )
  })

test('a policy that cannot be read has its files wait with the reason', () => {
  const verdict = storedPolicy('Nonsense()').judge({ on: [a1], all: [], candidates: [], copies: 2 })
  assert.ok(verdict.kind === 'stuck')
  assert.match(verdict.reason, /its policy cannot be read: .*Nonsense is none of/)
})
