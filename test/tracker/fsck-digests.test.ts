// What a tracker tells in digests, and to whom.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Fid } from '#shared/ids.ts'
import { COPIES_PER_DIGEST, MAX_WINDOW_COPIES } from '#shared/limits.ts'
import { WindowResponse } from '#shared/wire/looks.ts'
import { parseAnswer } from '../support/tracker-call.ts'
import { trackerWorld } from '../support/world.ts'
import * as fsck from './looking.ts'
import { seedFiles } from './seed.ts'

test('sizes are told in digests to who understands them, and one by one else', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const host = world.host(0)
  const deviceId = host.deviceIds[0] ?? assert.fail('no device')
  const fids = await seedFiles(world, COPIES_PER_DIGEST * 2 + 3, [deviceId])
  const last = fids.at(-1) ?? assert.fail('no files')
  const ask = async (more: object) => {
    const answer = await host.ask('look', { deviceId, ...more })
    return parseAnswer(WindowResponse, answer).window ?? assert.fail('nothing to look at')
  }
  const sizes = await fsck.start(world, { check: 'sizes' })
  const { copies, ranges, fromFid, toFid } = await ask({ digests: true })
  assert.deepEqual([copies, fromFid], [[], 1])
  assert.ok(toFid >= last)
  assert.deepEqual(ranges, [
    digested(fids.slice(0, COPIES_PER_DIGEST)),
    digested(fids.slice(COPIES_PER_DIGEST, -3)),
    digested(fids.slice(-3)),
  ])

  // where they differ, so far
  const second = fids[1] ?? assert.fail('no files')
  const listed = await ask({ toFid: second })
  assert.deepEqual([listed.ranges, listed.toFid], [null, second])
  assert.deepEqual(
    listed.copies.map(({ fid }) => fid),
    fids.slice(0, 2),
  )
  await fsck.reportTo(host, deviceId, listed, {})
  const behind = await ask({ toFid: second })
  assert.deepEqual([behind.fromFid, behind.copies.length], [second + 1, MAX_WINDOW_COPIES])

  // bytes are read one by one, and so are the files of a domain
  await world.call('PATCH', `/v1/admin/fsck/${sizes}`, { json: { state: 'stopped' } })
  for (const narrow of [{ check: 'checksums' }, { check: 'sizes', domain: 'demo' }] as const) {
    const fsckId = await fsck.start(world, narrow)
    const window = await ask({ digests: true })
    assert.deepEqual([window.ranges, window.copies.length], [null, MAX_WINDOW_COPIES])
    await world.call('PATCH', `/v1/admin/fsck/${fsckId}`, { json: { state: 'stopped' } })
  }
})

/** Of files of one byte, as an agent makes it. */
function digested(fids: readonly Fid[]) {
  const lines = fids.map((fid) => `${fid} 1`).join('\n')
  const digest = createHash('sha256').update(lines).digest('hex')
  return { toFid: fids.at(-1), files: fids.length, digest }
}
