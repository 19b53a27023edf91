// How busy a disk is, as the kernel tells it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { busyMsIn, numbersOf, sourceIn } from '#agent/disk/io-load.ts'

test('the busy time is the tenth number of a block device’s statistics', () => {
  const nvme =
    '   19042     5317  2446946    26257     3621    27289  3347376     9628 0 3660 36113'
  assert.equal(busyMsIn(nvme), 3_660)
  assert.equal(busyMsIn('1 2 3'), undefined, 'of a kernel that tells less')
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
