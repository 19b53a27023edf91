// Files that leave the trash while others delete, replace, restore and erase them, at two trackers:
// a fid is a file or buried, never both and never neither.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeviceId } from '#shared/ids.ts'
import { seededRandom } from '../placement/device.ts'
import type { Answer } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf, atOnce } from './at-once.ts'
import { assertRowsSound, assertSound } from './invariants.ts'

const demo = '/v1/domains/demo'
const outcome = ({ code, status }: Answer) => code ?? status
const restore = (world: World, fid: number, at: number, json: object = {}) =>
  world.call('POST', `${demo}/trash/${fid}/restore`, { json, at })

async function keepingWorld() {
  const world = await trackerWorld({ trackers: 2 })
  const path = '/v1/admin/domains/demo/classes/default'
  assert.equal((await world.call('PATCH', path, { json: { trashS: 3_600 } })).status, 200)
  return world
}

test('of many who restore one file to keys of their own, one has it', async () => {
  await using world = await keepingWorld()
  const { fid } = await world.put('a')
  await world.call('DELETE', `${demo}/files/a`)
  const answers = await atOnce(12, (n) => restore(world, fid, n % 2, { key: `key ${n}` }))
  const outcomes = answers.map(outcome)
  assert.equal(outcomes.filter((each) => each === 200).length, 1)
  assert.equal(outcomes.filter((each) => each === 'not_in_trash').length, 11)
  await assertSound(world)
})

test('a restore and an erasure at once: the one that is told done is', async () => {
  await using world = await keepingWorld()
  for (let round = 0; round < 15; round++) {
    const { fid } = await world.put('a')
    await world.call('DELETE', `${demo}/files/a`)
    const acts = [
      () => restore(world, fid, 0),
      () => world.call('DELETE', `${demo}/trash/${fid}`, { at: 1 }),
      () => world.sweep(1).then(() => undefined),
    ]
    const said = await atOnce(3, (n) => (acts[(n + round) % 3] ?? assert.fail())())
    const answers = said.filter((each) => each !== undefined).map(outcome)
    assert.deepEqual(new Set(answers), new Set([200, 'not_in_trash']))
    await assertRowsSound(world)
    await world.call('DELETE', `${demo}/files/a`)
  }
  await assertSound(world)
})

test('restores to one key and closes of it bury each other, and nothing else', async () => {
  await using world = await keepingWorld()
  const old: number[] = []
  for (let n = 0; n < 11; n++) old.push((await world.put('a', `${n}`)).fid)
  const stored = await atOnce(10, async (n) => world.write(await world.open('a'), `new ${n}`))
  const answers = await atOnce(20, (n) => {
    const [fid, file] = [old[n >> 1], stored[n >> 1]]
    assert.ok(fid !== undefined && file !== undefined)
    return n % 2 === 0 ? restore(world, fid, n % 4 === 0 ? 0 : 1) : world.close(file, n % 3 ? 0 : 1)
  })
  assert.deepEqual(new Set(answers.map(outcome)), new Set([200]))
  const fids = await world.sql('select fid from file union all select fid from tombstone')
  assert.equal(fids.length, 21)
  await assertSound(world)
})

/** One caller of the storm: stores, deletes, restores and erases on three keys at random. */
async function storm(world: World, caller: number, seed: number): Promise<void> {
  const random = seededRandom(seed)
  for (let step = 0; step < 12; step++) {
    const at = (caller + step) % 2
    const key = `key-${Math.floor(random() * 3)}`
    const dice = random()
    if (dice < 0.35) {
      // refused where its device has just died
      await world.close(world.write(await world.open(key, {}, at), `${caller} ${step}`), at)
    } else if (dice < 0.6) await world.call('DELETE', `${demo}/files/${key}`, { at })
    else {
      const [buried] = await world.sql<{ fid: number }>(
        'select fid from tombstone order by random() limit 1',
      )
      if (buried === undefined) continue
      if (dice < 0.9) await restore(world, buried.fid, at)
      else await world.call('DELETE', `${demo}/trash/${buried.fid}`, { at })
    }
  }
}

test('a storm while hosts work, sweeps erase and a device dies', async () => {
  await using world = await keepingWorld()
  const over = new AbortController()
  const always = async (act: () => Promise<unknown>) => {
    while (!over.signal.aborted) await act()
  }
  const working = [
    ...world.hosts.map((host) => always(() => host.work(world.hosts))),
    always(() => world.sweep(0)),
    always(() => world.sweep(1)),
    always(() => assertRowsSound(world)),
  ]
  const callers = atOnce(8, (caller) => storm(world, caller, 77 + caller))
  const dying = world.mark('devices', 1, 'dead')
  const ended = Promise.all([callers, dying]).finally(() => over.abort())
  await allOf<unknown>([ended, ...working])
  world.hostOf(1).disk(DeviceId.parse(1)).clear() // what a dead device holds is nobody's any more
  await world.sql(`update tombstone set erase_at = created_at`)
  await world.settle()
  await assertSound(world)
  const left = await world.sql('select fid from tombstone')
  assert.deepEqual(left, [])
})
