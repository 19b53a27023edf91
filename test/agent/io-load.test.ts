// How busy a disk is, and what it is made of, as the kernel tells it.
import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import {
  blockStatsIn,
  disksBelow,
  nameOf,
  numbersOf,
  sourceIn,
  sysPathOf,
} from '#agent/disk/block-device.ts'
import { busiest } from '#agent/disk/io-load.ts'
import { tempDir } from '#test/support/temp-dir.ts'

test('what a block device did is read from its statistics, of old kernels too', () => {
  const nvme =
    '   19042     5317  2446946    26257     3621    27289  3347376     9628 0 3660 36113'
  assert.deepEqual(blockStatsIn(nvme), {
    reads: 19_042,
    bytesRead: 2_446_946 * 512,
    writes: 3_621,
    bytesWritten: 3_347_376 * 512,
    busyMs: 3_660,
  })
  assert.equal(blockStatsIn('1 2 3'), undefined, 'of a kernel that tells less')
})

test('a stripe is as busy as its busiest member, where it keeps no time itself', () => {
  const before = new Map([
    ['md0', 0],
    ['sda', 100],
    ['sdb', 500],
  ])
  const after = new Map([
    ['md0', 0],
    ['sda', 400],
    ['sdb', 550],
    ['sdc', 9_999],
  ])
  assert.equal(busiest(before, after, 1_000), 0.3)
  assert.equal(busiest(before, after, 100), 1, 'never more than always')
  assert.equal(busiest(after, before, 1_000), 0, 'nor less than never')
})

test('a file system without a block device of its own is asked for the one below it', () => {
  const mountInfo = [
    '22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw',
    '36 22 0:31 /@data /var/mogdata/dev3 rw,noatime shared:19 - btrfs /dev/sdb1 rw,ssd',
    '40 22 0:40 / /tmp rw - tmpfs tmpfs rw',
  ].join('\n')
  assert.equal(sourceIn(mountInfo, '0:31'), '/dev/sdb1')
  assert.equal(sourceIn(mountInfo, '0:40'), undefined)
  assert.equal(sourceIn(mountInfo, '9:9'), undefined)
})

test('device numbers are unpacked as glibc packs them', () => {
  assert.equal(numbersOf(0xfe00), '254:0')
  assert.equal(numbersOf(0x10301), '259:1')
  assert.equal(numbersOf(0x12_34_56), '564:342')
})

test('below a volume on a RAID on partitions lie the whole disks, each once', async () => {
  await using root = await tempDir()
  const sys = root.path
  const make = async (path: string, files: readonly string[] = ['stat']) => {
    await mkdir(join(sys, path), { recursive: true })
    for (const file of files) await writeFile(join(sys, path, file), '1 0 8 0 1 0 8 0 0 50 50\n')
    return join(sys, path)
  }
  const link = async (path: string, to: string) => {
    await mkdir(dirname(join(sys, path)), { recursive: true })
    await symlink(join(sys, to), join(sys, path))
  }
  await make('devices/pci/block/sda')
  await make('devices/pci/block/sda/sda1', ['stat', 'partition'])
  await make('devices/pci/block/sda/sda2', ['stat', 'partition'])
  await make('devices/pci/nvme/nvme0/nvme0n1')
  await make('devices/virtual/block/md0')
  await make('devices/virtual/block/dm-0')
  await link('devices/virtual/block/dm-0/slaves/md0', 'devices/virtual/block/md0')
  for (const name of ['sda1', 'sda2'])
    await link(`devices/virtual/block/md0/slaves/${name}`, `devices/pci/block/sda/${name}`)
  await link('devices/virtual/block/md0/slaves/nvme0n1', 'devices/pci/nvme/nvme0/nvme0n1')
  await link('dev/block/253:0', 'devices/virtual/block/dm-0')
  await link('dev/block/8:1', 'devices/pci/block/sda/sda1')

  const disksOf = async (numbers: string) =>
    (await disksBelow(await sysPathOf(numbers, sys))).map(nameOf).toSorted()
  assert.deepEqual(await disksOf('253:0'), ['nvme0n1', 'sda'])
  assert.deepEqual(await disksOf('8:1'), ['sda'])
})
