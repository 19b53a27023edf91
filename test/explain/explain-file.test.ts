// What an explanation says, against what the planner and the ranking really do, over many clusters
// that are made up by chance: a failure names the seed that makes the same one again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { DeviceId, DomainName, Fid, JobId } from '#shared/ids.ts'
import type { FileFacts } from '#tracker/db/explain.ts'
import { explainFile } from '#tracker/explain/explain-file.ts'
import { planCopies } from '#tracker/placement/plan-copies.ts'
import { rankSources } from '#tracker/placement/rank-sources.ts'
import { storedPolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { device, idsOf, seededRandom, settings } from '../placement/device.ts'

const CLUSTERS = 300
/** Neighbouring seeds begin alike. */
const SPREAD = 7_919_003
const CHOICES = 200
const POLICIES = ['MultipleHosts()', 'MultipleDevices()', 'MultipleNetworks()', 'MultipleHosts(3)']

const isHost3 = (url: string) => url === 'http://host-3:7500'

interface Made {
  facts: FileFacts
  devices: DeviceView[]
}

function make(random: () => number): Made {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] ?? assert.fail('nothing to pick')
  const devices = Array.from({ length: 2 + Math.floor(random() * 7) }, (_, n) =>
    device(n + 1, {
      hostId: 1 + Math.floor(random() * 4),
      state: random() < 0.7 ? 'alive' : pick(['drain', 'down', 'readonly', 'dead']),
      silentMs: random() < 0.9 ? 500 : 60_000,
      condition: random() < 0.8 ? 'ok' : pick(['full', 'fenced']),
      bytesFree: random() < 0.8 ? 5_000 : 150,
      utilization: random() / 2,
    }),
  )
  const ids = devices.map(({ deviceId }) => deviceId).toSorted(() => random() - 0.5)
  const lying = ids.splice(0, random() < 0.7 ? 1 : 2)
  const jobs = ids.splice(0, random() < 0.5 ? 0 : 1).map((deviceId) => jobOn(deviceId, random))
  return { devices, facts: factsOf({ lying, jobs, policy: pick(POLICIES) }) }
}

const jobOn = (deviceId: DeviceId, random: () => number): FileFacts['jobs'][number] => ({
  jobId: JobId.parse(1),
  kind: random() < 0.5 ? 'replicate' : 'delete',
  deviceId,
  leasedUntilMs: null,
  notBeforeMs: 0,
  ahead: 0,
  attempt: 0,
  failures: 0,
  reason: null,
})

function factsOf(own: {
  lying: readonly DeviceId[]
  jobs?: FileFacts['jobs']
  policy?: string
}): FileFacts {
  return {
    domain: DomainName.parse('demo'),
    key: 'a',
    fid: Fid.parse(7),
    class: 'default',
    copies: 2,
    policy: own.policy ?? 'MultipleHosts()',
    bytes: 100,
    nowMs: 1_000_000,
    lying: own.lying.map((deviceId) => ({ deviceId, verifiedAtMs: null })),
    moves: [],
    jobs: own.jobs ?? [],
    shortfall: null,
    lost: null,
    hosts: { 1: 'a', 2: 'b', 3: 'c', 4: 'd' },
  }
}

const explain = ({ facts, devices }: Made) =>
  explainFile({
    facts,
    devices: new Map(devices.map((each) => [each.deviceId, each])),
    settings,
    isSilent: isHost3,
  })

const devicesOf = (jobs: FileFacts['jobs'], kind: 'replicate' | 'delete') =>
  jobs.filter((job) => job.kind === kind).map(({ deviceId }) => deviceId)

/** Every device to which the planner sends the next copy, by whatever chance. */
function chosenNext({ facts, devices }: Made, random: () => number): number[] {
  const { copies, bytes, policy, jobs } = facts
  const chosen = new Set<number>()
  for (let n = 0; n < CHOICES; n++) {
    const [next] = planCopies({
      copies,
      bytes,
      policy: storedPolicy(policy),
      on: facts.lying.map(({ deviceId }) => deviceId),
      coming: devicesOf(jobs, 'replicate'),
      leaving: devicesOf(jobs, 'delete'),
      masked: [],
      devices: new Map(devices.map((each) => [each.deviceId, each])),
      settings,
      random,
    }).to
    if (next !== undefined) chosen.add(next)
  }
  return [...chosen].toSorted((a, b) => a - b)
}

test('the devices that an explanation likes best are those that the planner chooses', () => {
  let chosen = 0
  for (let seed = 1; seed <= CLUSTERS; seed++) {
    const random = seededRandom(seed * SPREAD)
    const made = make(random)
    const { candidates, copies } = explain(made)
    if (copies.every(({ readTier }) => readTier === null)) continue // nothing to copy from
    const best = (['ideal', 'desperate', 'last resort'] as const)
      .map((rank) => candidates.filter((each) => each.rank === rank))
      .find((tier) => tier.length > 0)
    const liked = (best ?? []).map(({ deviceId }) => Number(deviceId)).toSorted((a, b) => a - b)
    assert.deepEqual(liked, chosenNext(made, random), `seed ${seed}`)
    if (liked.length > 0) chosen++
  }
  assert.ok(chosen > CLUSTERS / 4, `only ${chosen} had something to choose`)
})

test('a file that an explanation calls good when all is done, gets no more copies', () => {
  for (let seed = 1; seed <= CLUSTERS; seed++) {
    const random = seededRandom(seed * SPREAD)
    const made = make(random)
    const { verdictWhenDone } = explain(made)
    if (verdictWhenDone === 'short') continue
    assert.deepEqual(chosenNext(made, random), [], `seed ${seed}`)
  }
})

test('copies are offered to readers in the order of their tiers, and no others are', () => {
  for (let seed = 1; seed <= CLUSTERS; seed++) {
    const random = seededRandom(seed * SPREAD)
    const made = make(random)
    const { copies } = explain(made)
    const on = new Set(made.facts.lying.map(({ deviceId }) => deviceId))
    const replicas = made.devices.filter(({ deviceId }) => on.has(deviceId))
    const ranked = idsOf(rankSources({ replicas, settings, isSilent: isHost3, random }))
    const tiers = ranked.map((id) => copies.find((each) => each.deviceId === id)?.readTier)
    const inOrder = tiers.toSorted((a, b) => (a ?? 0) - (b ?? 0))
    assert.deepEqual(tiers, inOrder, `seed ${seed}`)
    const offered = copies.filter(({ readTier }) => readTier !== null)
    assert.equal(offered.length, ranked.length, `seed ${seed}`)
  }
})

test('every device is told of, with a reason in words', () => {
  for (let seed = 1; seed <= CLUSTERS; seed++) {
    const made = make(seededRandom(seed * SPREAD))
    const { candidates, copies, says } = explain(made)
    assert.deepEqual(
      idsOf(made.devices),
      candidates.map(({ deviceId }) => Number(deviceId)),
    )
    for (const each of [...candidates, ...copies]) assert.match(each.says, /^[a-z].{5,}/)
    for (const sentence of says) assert.match(sentence, /^[A-Za-z0-9].*\.$/)
  }
})

test('a draining copy, one on its way and one that failed are told as what they are', () => {
  const devices = [device(1), device(2, { state: 'drain' }), device(3), device(4, { hostId: 4 })]
  const job = jobOn(DeviceId.parse(3), () => 0)
  const facts = factsOf({
    lying: [DeviceId.parse(2)],
    jobs: [{ ...job, notBeforeMs: 1_300_000, failures: 2, reason: 'no_good_source' }],
  })
  const move = { deviceId: DeviceId.parse(2), rebalance: false }
  const { says, verdict, verdictWhenDone } = explain({
    devices,
    facts: { ...facts, moves: [move] },
  })
  assert.deepEqual([verdict, verdictWhenDone], ['short', 'short'])
  assert.deepEqual(says, [
    'demo/a is fid 7 of 100 bytes, of class default, which asks for 2 copies by MultipleHosts().',
    'Device 2 on host b holds a copy; readers are sent there after others: it is draining; ' +
      'its bytes were verified when they were stored; it is to leave its drained device.',
    '0 copies count: the file is short of its policy.',
    'A copy is ordered on device 3 of host c, not before 1970-01-01T00:21:40Z, in 5 min; ' +
      '2 attempts failed, the last for this reason: no_good_source.',
  ])
})
