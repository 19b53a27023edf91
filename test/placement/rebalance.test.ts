// What a rebalance moves, from where to where, and how much: MogileFS's options, all of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeviceId, HostId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { destinationsOf, planRebalance, someOf } from '#tracker/placement/rebalance-plan.ts'
import { parseRebalancePolicy } from '#tracker/placement/rebalance-policy.ts'
import { ascending, device, seededRandom } from './device.ts'

const MB = 1024 ** 2
/** 100 MB each; used: 90, 70, 50, 30, 10 percent, on hosts a a b b c. */
const devices = [90, 70, 50, 30, 10].map((used, n) =>
  Object.assign(device(n + 1, { bytesTotal: 100 * MB, bytesFree: (100 - used) * MB }), {
    host: 'aabbc'.charAt(n),
    hostId: HostId.parse(Number('11223'.charAt(n))),
  }),
)
const holdings = devices.map(({ deviceId }) => ({ deviceId, files: 100, bytes: 1_000 }))

const plan = (text: string) => planRebalance(parseRebalancePolicy(text), devices, holdings)
const fromTo = (text: string) => {
  const { sources, destinations } = plan(text)
  return `${sources.map(({ deviceId }) => deviceId).join(' ')} to ${destinations.join(' ')}`
}

for (const [text, moves] of [
  ['', '1 2 3 4 5 to '],
  ['from_percent_used=70', '1 2 to 3 4 5'],
  ['from_percent_free=50', '3 4 5 to 1 2'],
  ['from_space_used=60', '1 2 to 3 4 5'],
  ['from_space_free=70', '4 5 to 1 2 3'],
  ['from_hosts=a', '1 2 to 3 4 5'],
  ['from_hosts=a,c', '1 2 5 to 3 4'],
  ['from_hosts=1,c', '1 2 5 to 3 4'], // MogileFS's are numbers
  ['from_devices=2', '2 to 1 3 4 5'],
  ['from_hosts=a from_percent_used=80', '1 to 2 3 4 5'],
  ['from_devices=1 to_percent_free=50', '1 to 3 4 5'],
  ['from_devices=1 to_percent_used=50', '1 to 2 3'],
  ['from_devices=1 to_space_free=60', '1 to 4 5'],
  ['from_devices=1 to_space_used=60', '1 to 2'],
  ['from_devices=1 to_hosts=b,c', '1 to 3 4 5'],
  ['from_devices=1 to_devices=2,5', '1 to 2 5'],
  ['from_devices=1 not_to_hosts=b', '1 to 2 5'],
  ['from_devices=1 to_hosts=2,3 not_to_hosts=3', '1 to 3 4'],
  ['from_devices=1 not_to_devices=2,3', '1 to 4 5'],
  ['from_all_devs=1 from_devices=1 to_all_devs=1', '1 to 2 3 4 5'],
] as const)
  test(`${text === '' ? 'no option' : text}: ${moves}`, () => assert.equal(fromTo(text), moves))

const limits = (text: string) => {
  const { sources, filesLeft, bytesLeft, files, bytes } = plan(`from_hosts=a ${text}`)
  return [sources[0]?.filesLeft, sources[0]?.bytesLeft, filesLeft, bytesLeft, files, bytes]
}

test('limits: for each source or for all, in files, bytes and percent', () => {
  assert.deepEqual(limits(''), [null, null, null, null, 200, 2_000])
  assert.deepEqual(limits('limit_by=count limit=30'), [30, null, null, null, 60, 600])
  assert.deepEqual(limits('limit_by=size limit=500'), [null, 500, null, null, 100, 1_000])
  assert.deepEqual(limits('limit_by=percent limit=10'), [null, 100, null, null, 20, 200])
  const global = 'limit_type=global'
  assert.deepEqual(limits(`${global} limit_by=count limit=30`), [null, null, 30, null, 30, 300])
  assert.deepEqual(limits(`${global} limit_by=size limit=500`), [null, null, null, 500, 50, 500])
  assert.deepEqual(limits(`${global} limit_by=percent limit=10`), [null, null, null, 200, 20, 200])
})

test('sizes have suffixes', () => {
  for (const [text, bytes] of [
    ['7', 7],
    ['7b', 7],
    ['2k', 2_048],
    ['2M', 2 * MB],
    ['2g', 2 * 1024 ** 3],
    ['1T', 1024 ** 4],
    ['1p', 1024 ** 5],
  ] as const)
    assert.equal(parseRebalancePolicy(`limit_by=size limit=${text}`).limit, bytes)
})

test('use_dest_devs: each file chooses among so many', () => {
  const policy = parseRebalancePolicy('from_devices=1 use_dest_devs=2')
  const all = destinationsOf(policy, devices, [DeviceId.parse(1)])
  assert.deepEqual(ascending([...all]), [2, 3, 4, 5])
  const random = seededRandom(3)
  const drawn = Array.from({ length: 50 }, () => ascending([...someOf(policy, all, random)]).join())
  assert.ok(drawn.every((pair) => pair.split(',').length === 2))
  assert.ok(new Set(drawn).size > 3)
})

test('the order is by age', () => {
  assert.equal(parseRebalancePolicy('').oldestFirst, true)
  assert.equal(parseRebalancePolicy('fid_age=new').oldestFirst, false)
})

test('an empty device, a dead one and one out of service are no sources', () => {
  const [first, ...others] = devices
  assert.ok(first !== undefined)
  const out = [{ ...first, state: 'down' as const }, ...others]
  const { sources } = planRebalance(parseRebalancePolicy(''), out, holdings.slice(0, 3))
  assert.deepEqual(
    sources.map(({ deviceId }) => deviceId),
    [2, 3],
  )
})

for (const [text, problem] of [
  ['from_host=a', 'from_host is no option'],
  ['full', 'full is no option'],
  ['from_percent_used=101', 'from_percent_used cannot be 101'],
  ['from_devices=a', 'from_devices cannot be a'],
  ['fid_age=middle', 'fid_age cannot be middle'],
  ['limit_by=size limit=much', 'limit cannot be much'],
  ['limit_by=count', 'limit_by=count needs a limit'],
  ['limit_by=percent limit=150', 'a limit in percent is at most 100'],
  ['use_dest_devs=0', 'use_dest_devs cannot be 0'],
  ['to_hosts=a to_hosts=b', 'to_hosts is named twice'],
  ['to_hosts=', 'to_hosts cannot be '],
] as const)
  test(`${text} is refused`, () => {
    assert.throws(
      () => parseRebalancePolicy(text),
      (error) =>
        error instanceof Problem &&
        error.code === 'bad_rebal_pol' &&
        error.facts['problem'] === problem,
    )
  })
