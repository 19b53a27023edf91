// What was damaged stays on the disk until a person erases it, where there is room to keep it.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runAgent } from './support/agent-process.ts'
import { bytesAt, startHost } from './support/host.ts'
import { copy, lay, look, quarantined, shown, windowOf } from './support/looking.ts'
import { mountTmpfs, moveDevice, whyNoMounts } from './support/real-mount.ts'

test('damage that a full disk cannot keep aside waits, and holds nothing else up', {
  skip: await whyNoMounts('tmpfs'),
}, async () => {
  await using host = await startHost()
  await using _ = await moveDevice(host, (path) => mountTmpfs(path, 'size=64m,nr_inodes=400'))
  const bytes = randomBytes(100)
  const rotten = Buffer.from(bytes.with(0, (bytes[0] ?? 0) ^ 1))
  await lay(host, 1, rotten)
  const filler = join(host.root, 'dev1/filler')
  await mkdir(filler)
  for (let n = 0; n < 400; n++)
    try {
      await writeFile(join(filler, `${n}`), '')
    } catch {
      break // not one inode is left
    }
  const window = windowOf([copy(1, bytes), copy(2, bytes)])
  const before = host.tracker.findings.length
  assert.deepEqual(shown(await look(host, window)), ['MISS 2'])
  assert.equal(host.tracker.findings[before]?.toFid, window.toFid, 'the look went on to the end')
  assert.equal((await host.events.next('damage.untold'))['fid'], 1)
  assert.deepEqual(await bytesAt(host.fileOf(1)), rotten)

  await rm(filler, { recursive: true })
  assert.deepEqual(shown(await look(host, window)), ['BSUM 1', 'MISS 2'])
  assert.equal((await quarantined(host)).length, 1)
})

test('what is kept aside is listed and erased by name, and nothing else is', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  for (const fid of [1, 2]) await lay(host, fid, bytes.with(0, (bytes[0] ?? 0) ^ 1))
  await look(host, windowOf([copy(1, bytes), copy(2, bytes)]))
  const env = { MOG_ROOT: host.root }
  const listed = (await runAgent(['quarantine', 'ls'], env)).stdout.trim().split('\n')
  const names = listed.map((line) => line.split('\t')[2] ?? '')
  assert.deepEqual(
    listed.map((line) => line.split('\t')[1]),
    ['100', '100'],
  )
  const [first = '', second = ''] = names
  assert.match(first, /^dev1\/quarantine\/1\./)
  assert.equal((await runAgent(['quarantine', 'erase', first], env)).code, 0)
  assert.deepEqual(await quarantined(host), [second.slice('dev1/quarantine/'.length)])

  const fidFile = host.fileOf(2).slice(host.root.length + 1)
  for (const name of [first, fidFile, `dev1/quarantine/../${fidFile}`, 'dev1/mogile-device.json'])
    assert.equal((await runAgent(['quarantine', 'erase', name], env)).code, 1, name)
  assert.equal((await runAgent(['quarantine', 'erase'], env)).code, 2)
  assert.equal((await bytesAt(host.fileOf(2)))?.length, 100)
  assert.equal((await quarantined(host)).length, 1)
})
