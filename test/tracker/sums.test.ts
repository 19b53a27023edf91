// Files without a checksum get it from those who read their copies: one alone is a witness, two
// that agree are proof, and of two that differ neither is erased.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checksum, type DeviceId, type Fid } from '#shared/ids.ts'
import { hashSecret } from '#shared/mac.ts'
import type { LookWindow } from '#shared/wire/looks.ts'
import type { Answer } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import * as fsck from './looking.ts'

const sumOf = (text: string) => Checksum.parse(`SHA-256:${hashSecret(text)}`)

interface Copy {
  fid: Fid
  deviceId: DeviceId
  window: LookWindow
}

/** A file of two copies whose checksum nobody knows, and what both devices are asked. */
async function unknownSum(world: World, key: string): Promise<Copy[]> {
  const { fid } = await world.put(key)
  await world.settle()
  await world.sql(`update file set checksum = 'none' where fid = $1`, fid)
  return looked(world, fid)
}

async function looked(world: World, fid: Fid): Promise<Copy[]> {
  await world.sql(`update fsck set state = 'done' where fsck_id > 0`)
  await fsck.start(world)
  const rows = await world.sql<{ id: DeviceId }>(
    'select device_id as id from replica where fid = $1 order by 1',
    fid,
  )
  assert.equal(rows.length, 2)
  return Promise.all(
    rows.map(async ({ id }) => ({
      fid,
      deviceId: id,
      window: await fsck.windowOf(world.hostOf(id), id),
    })),
  )
}

function tell(world: World, { fid, deviceId, window }: Copy, text: string): Promise<Answer> {
  const { fsckId, fromFid, toFid, copies } = window
  const copy = copies.find((each) => each.fid === fid)
  const sums = [{ fid, version: copy?.version ?? 0, checksum: sumOf(text) }]
  const stretch = { deviceId, fsckId, fromFid, toFid, files: 1, bytes: 1 }
  return world.hostOf(deviceId).ask('findings', { ...stretch, findings: [], sums })
}

const stateOf = async (world: World, fid: Fid) => {
  const [file] = await world.sql<{ checksum: string; from: number | null }>(
    'select checksum, sum_from as from from file where fid = $1',
    fid,
  )
  return file
}
const kindsAsked = (copies: Copy[]) =>
  copies.map(({ fid, window }) => window.copies.find((copy) => copy.fid === fid)?.learn)

test('the first copy that is read tells the checksum, and the second confirms it', async () => {
  await using world = await trackerWorld()
  const [first, second] = await unknownSum(world, 'a')
  assert.ok(first !== undefined && second !== undefined)
  assert.deepEqual(kindsAsked([first, second]), ['SHA-256', 'SHA-256'])
  assert.equal((await tell(world, first, 'a')).status, 200)
  assert.deepEqual(await stateOf(world, first.fid), { checksum: sumOf('a'), from: first.deviceId })

  const [again, other] = await looked(world, first.fid)
  assert.ok(again !== undefined && other !== undefined)
  assert.deepEqual(kindsAsked([again, other]), [null, 'SHA-256'], 'its own word is not asked twice')
  assert.equal((await tell(world, other, 'a')).status, 200)
  assert.deepEqual(await stateOf(world, first.fid), { checksum: sumOf('a'), from: null })
  assert.deepEqual(kindsAsked(await looked(world, first.fid)), [null, null])
})

test('two copies that differ, told at once, are both kept, and a person is told', async () => {
  await using world = await trackerWorld()
  for (let round = 0; round < 5; round++) {
    const copies = await unknownSum(world, `${round}`)
    await allOf(copies.map((copy, n) => tell(world, copy, `bytes ${n}`)))
    const { fid } = copies[0] ?? assert.fail()
    assert.notEqual((await stateOf(world, fid))?.from, null)
    const rows = await world.sql('select device_id from replica where fid = $1', fid)
    assert.equal(rows.length, 2)
    const events = await world.sql<{ code: string }>(
      'select code from fsck_event where fid = $1',
      fid,
    )
    assert.deepEqual(events, [{ code: 'MSUM' }])
  }
})

test('a checksum for a copy that is another by now, or of another kind, is not taken', async () => {
  await using world = await trackerWorld()
  const [copy] = await unknownSum(world, 'a')
  assert.ok(copy !== undefined)
  const { fid, deviceId } = copy
  await world.sql('delete from replica where fid = $1 and device_id = $2', fid, deviceId)
  await world.sql('insert into replica values ($1, $2)', fid, deviceId)
  await tell(world, copy, 'other')
  assert.equal((await stateOf(world, fid))?.checksum, 'none')

  await world.sql(`update class set checksum_kind = 'MD5'`)
  const [anew] = await looked(world, fid)
  assert.ok(anew !== undefined)
  assert.deepEqual(kindsAsked([anew]), ['MD5'])
  await tell(world, anew, 'a')
  assert.equal((await stateOf(world, fid))?.checksum, 'none')
})
