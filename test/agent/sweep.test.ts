// Sweeps: every fid on a device is named to the tracker once, in order, and the gaps between them.
import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { type Host, startHost } from './support/host.ts'

/** As if they had always been there. */
async function lay(host: Host, fids: readonly number[]): Promise<void> {
  for (const fid of fids) {
    await mkdir(dirname(host.fileOf(fid)), { recursive: true })
    await writeFile(host.fileOf(fid), '')
  }
}

const ranges = ({ tracker }: Host) =>
  tracker.inventories.map(({ fromFid, toFid, fids }) => [fromFid, toFid, fids])

const swept = (host: Host, fid: number) =>
  host.tracker.heard(() => host.tracker.inventories.find(({ toFid }) => toFid === fid))

test('a sweep names each directory’s fids, and what is empty in one step', async () => {
  await using host = await startHost()
  await lay(host, [3, 1, 999, 1_000, 5_000_017, 5_000_018, 1_234_567_890])
  host.tracker.settledFid = 2_000_000_000
  await swept(host, 2_000_000_000)
  assert.deepEqual(ranges(host), [
    [1, 999, [1, 3, 999]],
    [1_000, 1_999, [1_000]],
    [2_000, 5_000_999, [5_000_017, 5_000_018]],
    [5_001_000, 1_234_567_999, [1_234_567_890]],
    [1_234_568_000, 2_000_000_000, []],
  ])
})

test('a sweep goes no further than what is settled, and on from there when more is', async () => {
  await using host = await startHost()
  await lay(host, [10, 20, 30])
  host.tracker.settledFid = 20
  await swept(host, 20)
  host.tracker.settledFid = 25
  await swept(host, 25)
  host.tracker.settledFid = 2_500
  await swept(host, 2_500)
  assert.deepEqual(ranges(host), [
    [1, 20, [10, 20]],
    [21, 25, []],
    [26, 999, [30]],
    [1_000, 2_500, []],
  ])
})

test('a sweep names fids alone: not our own files, nor what somebody else left', async () => {
  await using host = await startHost()
  await lay(host, [10])
  const leaf = dirname(host.fileOf(10))
  for (const name of ['0000000011.fid~', '11.fid', 'usage', '00000000012.fid'])
    await writeFile(join(leaf, name), '')
  await mkdir(join(host.root, 'dev1/lost+found'))
  host.tracker.settledFid = 100
  await swept(host, 100)
  assert.deepEqual(ranges(host), [[1, 100, [10]]])
})

test('every device is swept for itself', async () => {
  await using host = await startHost({ devices: 2 })
  await lay(host, [10])
  host.tracker.settledFid = 50
  await host.tracker.heard(() => (host.tracker.inventories.length === 2 ? true : undefined))
  const told = host.tracker.inventories.map(({ deviceId, fids }) => [deviceId, fids])
  assert.deepEqual(told, [
    [1, [10]],
    [2, []],
  ])
})

test('a directory that cannot be read does not keep other devices from being swept', async () => {
  await using host = await startHost({ devices: 2 })
  await lay(host, [10])
  const leaf = dirname(host.fileOf(10))
  await rm(leaf, { recursive: true })
  await writeFile(leaf, '') // as if the disk had lost it: no names are read from here
  host.tracker.settledFid = 50
  await host.tracker.heard(() => host.tracker.inventories.find(({ deviceId }) => deviceId === 2))
  await host.events.next('sweep.failed')
  assert.deepEqual([...new Set(host.tracker.inventories.map(({ deviceId }) => deviceId))], [2])
})
