// A class is deleted while files come into it, at two trackers: either it has files and stays, or
// it is gone and the others are told so. Nobody is answered with an error of ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'
import { assertRowsSound } from './invariants.ts'

const ROUNDS = 12
const classes = '/v1/admin/domains/demo/classes'

/** `come` is begun with the deletion, in turns before and after it. */
async function race(world: World, come: () => Promise<{ code: string | undefined }>, at: number) {
  const acts = [come, () => world.call('DELETE', `${classes}/brief`, { at: 1 })]
  const answers = await atOnce(2, (n) => (acts[(n + at) % 2] ?? assert.fail())())
  const [came, deleted] = at % 2 === 0 ? answers : answers.toReversed()
  return [came?.code, deleted?.code] as const
}

async function rounds(
  world: World,
  round: (n: number) => ReturnType<typeof race>,
  losers: string[],
) {
  for (let n = 0; n < ROUNDS; n++) {
    await world.call('POST', classes, { json: { name: 'brief', copies: 1 } })
    const [came, deleted] = await round(n)
    if (came === undefined) assert.ok(deleted === undefined || deleted === 'class_has_files')
    else assert.ok(losers.includes(came) && deleted === undefined, `${came} ${deleted}`)
    await world.call('DELETE', '/v1/domains/demo/files/a')
    await world.call('DELETE', `${classes}/brief`)
  }
  await world.settle()
  await assertRowsSound(world)
}

test('a close', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const round = async (n: number) => {
    const stored = world.write(await world.open('a', { class: 'brief' }), 'a')
    return race(world, () => world.close(stored), n)
  }
  await rounds(world, round, ['no_temp_file'])
})

test('an open', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const json = { key: 'a', class: 'brief' }
  const round = (n: number) =>
    race(world, () => world.call('POST', '/v1/domains/demo/uploads', { json }), n)
  await rounds(world, round, ['unreg_class'])
})

test('a change of the class', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const round = async (n: number) => {
    await world.put('a')
    const json = { class: 'brief' }
    return race(world, () => world.call('PATCH', '/v1/domains/demo/files/a', { json }), n)
  }
  await rounds(world, round, ['unreg_class'])
})
