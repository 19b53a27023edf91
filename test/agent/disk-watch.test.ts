// The health of whole disks, asked of a program that may be slow, wrong or not there at all.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { blockDeviceOf } from '#agent/disk/block-device.ts'
import { DiskWatch } from '#agent/disk/disk-health.ts'
import { SMART_EVERY_MS } from '#agent/limits.ts'
import { tempDir } from '#test/support/temp-dir.ts'

/** A /sys in which the directory lies on the disk `sdz`, which has a thermometer. */
async function sysOf(root: string, device: string): Promise<string> {
  const sys = join(root, 'sys')
  const disk = join(sys, 'devices/block/sdz')
  await mkdir(join(disk, 'device/hwmon/hwmon3'), { recursive: true })
  await writeFile(join(disk, 'device/hwmon/hwmon3/temp1_input'), '41500\n')
  await mkdir(join(sys, 'dev/block'), { recursive: true })
  await symlink(disk, join(sys, 'dev/block', device))
  return sys
}

test('a disk tells its health, and a program that hangs holds up nobody', async (t) => {
  await using root = await tempDir()
  const device = await blockDeviceOf(root.path)
  if (device === undefined) return t.skip('the temporary directory is on no block device')
  const sys = await sysOf(root.path, device)
  const bin = join(root.path, 'bin')
  const [asked, gate] = [join(root.path, 'asked'), join(root.path, 'gate')]
  await mkdir(bin)
  await writeFile(asked, '')
  execFileSync('mkfifo', [gate])
  // it answers when the gate was opened, and says who asked
  const script = `#!/bin/sh
echo "$@" >> ${asked}
read line < ${gate}
echo '{"smart_status":{"passed":false},"temperature":{"current":99}}'
exit 8
`
  await writeFile(join(bin, 'smartctl'), script, { mode: 0o755 })
  const { PATH: path } = process.env
  process.env['PATH'] = `${bin}:${path}`
  t.after(() => (process.env['PATH'] = path))

  const watch = new DiskWatch(root.path, sys)
  assert.deepEqual(watch.disks(0), [], 'nothing is known yet, and nobody waits')
  assert.deepEqual(watch.disks(SMART_EVERY_MS), [])
  await appendFile(gate, 'go\n')
  await watch.looked()
  assert.deepEqual(watch.disks(SMART_EVERY_MS - 1), [
    { disk: 'sdz', isHealthy: false, celsius: 41.5 },
  ])
  assert.match(await readFile(asked, 'utf8'), /^--json --nocheck=standby .*\/dev\/sdz\n$/)
})

test('without the program a disk still tells its temperature', async (t) => {
  await using root = await tempDir()
  const device = await blockDeviceOf(root.path)
  if (device === undefined) return t.skip('the temporary directory is on no block device')
  const watch = new DiskWatch(root.path, await sysOf(root.path, device))
  const { PATH: path } = process.env
  process.env['PATH'] = root.path
  t.after(() => (process.env['PATH'] = path))
  watch.disks(0)
  await watch.looked()
  assert.deepEqual(watch.disks(0), [{ disk: 'sdz', celsius: 41.5 }])
})
