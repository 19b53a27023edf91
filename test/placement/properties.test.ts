// What holds of placement for any cluster that there could be, not only for those of the examples.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DeviceView } from '#shared/device-view.ts'
import { MAX_COPIES, MAX_TARGETS } from '#shared/limits.ts'
import { DeviceCondition, DeviceState, deviceCapabilities, HostState } from '#shared/states.ts'
import { chooseTargets } from '#tracker/placement/choose-targets.ts'
import { canBeRead, canReceiveNewFiles, hasRoomFor } from '#tracker/placement/device-state.ts'
import { planCopies } from '#tracker/placement/plan-copies.ts'
import { planTrims } from '#tracker/placement/plan-trims.ts'
import { rankSources } from '#tracker/placement/rank-sources.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { isContent } from '#tracker/placement/replication-policy/verdict.ts'
import { tries } from '../attacks/fuzz.ts'
import { device, seededRandom, settings } from './device.ts'

const TRIES = tries(500)
const policies = [
  'MultipleHosts()',
  'MultipleDevices()',
  'MultipleNetworks()',
  'HostsPerNetwork(a=1,b=1)',
  'Union(MultipleHosts(2), MultipleDevices(3))',
].map((text) => parsePolicy(text))

const oneDevice = fc.record({
  host: fc.integer({ min: 1, max: 5 }),
  state: fc.constantFrom(...DeviceState.options),
  hostState: fc.constantFrom(...HostState.options),
  condition: fc.constantFrom(...DeviceCondition.options, null),
  bytesFree: fc.nat(10_000),
  utilization: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  silentMs: fc.option(fc.nat(60_000)),
  weight: fc.nat(1_000),
  url: fc.boolean(),
})
/** A host has one state, one zone and one silence, as in the database. */
const cluster = fc.array(oneDevice, { minLength: 0, maxLength: 12 }).map((all) =>
  all.map(({ host: hostId, ...given }, at): DeviceView => {
    const first = all.find((each) => each.host === hostId)
    const { hostState = 'alive', silentMs = null } = first ?? {}
    const url = first?.url === false ? null : `http://host-${hostId}:7500`
    const zone = ['a', 'b', null][hostId % 3] ?? null
    return device(at + 1, { ...given, hostId, hostState, silentMs, zone, url })
  }),
)
const seed = fc.integer({ min: 1, max: 1_000_000 })
const policy = fc.constantFrom(...policies)
const copies = fc.integer({ min: 1, max: 5 })
const some = (devices: readonly DeviceView[]) => fc.subarray([...devices])
const withCopies = cluster.chain((devices) =>
  fc.record({
    devices: fc.constant(devices),
    on: some(devices),
    masked: some(devices),
    coming: some(devices),
  }),
)
const byId = (devices: readonly DeviceView[]) =>
  new Map(devices.map((each) => [each.deviceId, each]))
const ids = (devices: readonly DeviceView[]) => devices.map(({ deviceId }) => deviceId)

const expectGoodTargets = (devices: DeviceView[], bytes: number, from: number) => {
  const ask = { devices, bytes, settings, isSilent: () => false, random: seededRandom(from) }
  const targets = chooseTargets(ask)
  const able = devices.filter(
    (each) => canReceiveNewFiles(each, settings) && hasRoomFor(each, bytes, settings),
  )
  for (const target of targets) assert.ok(able.includes(target))
  assert.equal(new Set(targets).size, targets.length)
  assert.ok(targets.length <= MAX_TARGETS)
  assert.equal(targets.length === 0, able.length === 0, 'who can be offered is')
  const hosts = new Set(targets.map(({ hostId }) => hostId)).size
  const first = new Set(targets.slice(0, hosts).map(({ hostId }) => hostId)).size
  assert.equal(first, hosts, 'no host comes twice before each came once')
}

test('targets are devices that can take the file, none twice, spread over hosts first', () => {
  fc.assert(fc.property(cluster, fc.nat(10_000), seed, expectGoodTargets), TRIES)
})

const expectGoodSources = (devices: DeviceView[], from: number) => {
  const ranked = rankSources({
    replicas: devices,
    settings,
    isSilent: () => false,
    random: seededRandom(from),
  })
  assert.equal(new Set(ranked).size, ranked.length)
  for (const each of ranked)
    assert.ok(devices.includes(each) && deviceCapabilities[each.state].read)
  for (const each of devices)
    if (canBeRead(each, settings) && each.url !== null) assert.ok(ranked.includes(each))
}

test('a reader is offered each copy once, and none that is down or dead', () => {
  fc.assert(fc.property(cluster, seed, expectGoodSources), TRIES)
})

test('copies are ordered where there are none, and a plan ends', () => {
  fc.assert(
    fc.property(
      withCopies,
      policy,
      copies,
      seed,
      ({ devices, on, masked, coming }, by, wanted, from) => {
        const plan = planCopies({
          policy: by,
          copies: wanted,
          bytes: 10,
          settings,
          on: ids(on),
          coming: ids(coming),
          leaving: [],
          masked: ids(masked),
          devices: byId(devices),
          random: seededRandom(from),
        })
        assert.ok(plan.to.length <= MAX_COPIES)
        assert.equal(new Set(plan.to).size, plan.to.length)
        for (const id of plan.to) {
          assert.ok(!ids(on).includes(id) && !ids(coming).includes(id), 'one is there already')
          const to = byId(devices).get(id)
          assert.ok(to !== undefined && deviceCapabilities[to.state].replicas)
        }
      },
    ),
    TRIES,
  )
})

test('a trim leaves a file as content as it was, by copies that can be read now (I4)', () => {
  fc.assert(
    fc.property(withCopies, policy, copies, ({ devices, on, masked }, by, wanted) => {
      const { drop, keep } = planTrims({
        policy: by,
        copies: wanted,
        on: ids(on),
        masked: ids(masked),
        devices: byId(devices),
        settings,
      })
      if (drop.length === 0) return
      for (const id of drop) assert.ok(ids(on).includes(id) && !keep.includes(id))
      const kept = on.filter(({ deviceId }) => keep.includes(deviceId))
      assert.ok(kept.length > 0)
      for (const each of kept) assert.ok(canBeRead(each, settings) && !masked.includes(each))
      assert.ok(isContent(by.judge({ on: kept, all: devices, candidates: [], copies: wanted })))
    }),
    TRIES,
  )
})
