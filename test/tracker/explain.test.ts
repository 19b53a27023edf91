// GET explain over HTTP: what happened to a file is told as it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Explanation } from '#shared/wire/explain.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import * as fsck from './looking.ts'

const explain = (world: World, key: string) =>
  world.ask(Explanation, 'GET', `/v1/domains/demo/explain/${key}`)

const has = ({ says }: Explanation, what: RegExp) =>
  assert.ok(
    says.some((sentence) => what.test(sentence)),
    `${says.join('\n')}\nsays nothing of ${what}`,
  )

test('a file that has its copies is content, and every other device says why not', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.put('a')
  await world.settle()
  const told = await explain(world, 'a')
  assert.deepEqual([told.verdict, told.verdictWhenDone], ['good', 'good'])
  assert.equal(told.copies.length, 2)
  const [free, ...others] = told.candidates.filter(({ rank }) => rank !== null)
  assert.deepEqual([free?.rank, others], ['not needed', []])
  has(told, /^2 copies count: its policy is met\.$/)
  const twin = await world.ask(Explanation, 'GET', '/v1/domains/demo/explain?key=a')
  assert.deepEqual(twin.copies, told.copies)
})

test('a copy that is ordered, leased, failed and put off is told at each step', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId } = await world.put('a')
  const other = world.hosts.find(({ deviceIds }) => !deviceIds.includes(deviceId))
  assert.ok(other !== undefined)
  const ordered = await explain(world, 'a')
  assert.deepEqual([ordered.verdict, ordered.verdictWhenDone], ['short', 'good'])
  has(ordered, /^A copy is ordered on device \d of host host-\d, next in line/)
  const [job] = await other.take()
  assert.ok(job !== undefined)
  has(await explain(world, 'a'), /and being done: its lease ends at/)
  await other.failed('retry', job)
  const failed = await explain(world, 'a')
  has(failed, /not before .*; 1 attempt failed, the last for this reason: because of a test\.$/)
  assert.equal(failed.jobs[0]?.failures, 1)
})

test('a file for which there is no place says so, and when it is looked at again', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId } = await world.put('a')
  const other = world.hosts.flatMap(({ deviceIds }) => deviceIds).find((id) => id !== deviceId)
  assert.ok(other !== undefined)
  await world.mark('devices', other, 'dead')
  await world.sweep()
  world.look()
  await world.sweep()
  const told = await explain(world, 'a')
  assert.deepEqual([told.verdictWhenDone, told.stuck], ['short', 'no device can take a copy'])
  has(told, /^It is short since .*, and no copy is ordered: .*; it is looked at again/)
  assert.equal(told.candidates.find((each) => each.deviceId === other)?.says, 'it is marked dead')
})

test('a file of which no good copy is known says so', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { fid, deviceId } = await world.put('a', 'a', { class: 'thumb' })
  await fsck.start(world)
  await fsck.lookAt(world.host(0), deviceId, { [fid]: 'BSUM' })
  has(await explain(world, 'a'), /every device is searched for one\.$/)
  await fsck.search(world.host(0), deviceId) // its own disk: it may have been a cable
  assert.equal((await explain(world, 'a')).lost, null)
})

test('what is not there is refused as ever', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const code = async (path: string) => (await world.call('GET', path)).code
  assert.equal(await code('/v1/domains/demo/explain/none'), 'unknown_key')
  assert.equal(await code('/v1/domains/nowhere/explain/a'), 'unreg_domain')
})
