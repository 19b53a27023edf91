// `mog-agent adopt`: a directory in which MogileFS keeps files becomes a device as it lies.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Identity } from '#agent/disk/identity.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { runAgent } from './support/agent-process.ts'
import { ScriptedTracker } from './support/scripted-tracker.ts'

interface Enrolled extends AsyncDisposable {
  root: string
  clusterId: string
}

async function enrolled(): Promise<Enrolled> {
  await using making = new AsyncDisposableStack()
  const { path: root } = making.use(await tempDir())
  await using tracker = await ScriptedTracker.start()
  const args = [`--tracker=${tracker.url}`, '--token=enroll_1', '--url=http://alpha:7500']
  const ended = await runAgent(['init', ...args, `--root=${root}`, '--devices=0'])
  assert.equal(ended.code, 0, ended.stderr)
  const stack = making.move()
  const { clusterId } = tracker
  return { root, clusterId, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const adopt = (root: string, ...numbers: string[]) =>
  runAgent(['adopt', `--root=${root}`, ...numbers])

test('a directory of MogileFS is a device, with what lies in it, and twice is once', async () => {
  await using host = await enrolled()
  const directory = join(host.root, 'dev12')
  await mkdir(join(directory, '0/000/001'), { recursive: true })
  await mkdir(join(directory, 'test-write'))
  await writeFile(join(directory, '0/000/001/0000001234.fid'), 'bytes')
  assert.equal((await adopt(host.root, '12')).code, 0)
  const file = join(directory, 'mogile-device.json')
  const text = await readFile(file, 'utf8')
  const identity = Identity.parse(JSON.parse(text))
  assert.deepEqual([identity.deviceId, identity.clusterId], [12, host.clusterId])
  assert.deepEqual((await readdir(directory)).toSorted(), ['0', 'mogile-device.json', 'test-write'])

  assert.equal((await adopt(host.root, '12')).code, 0)
  assert.equal(await readFile(file, 'utf8'), text)
})

test('a mount point without its disk, and a disk of another cluster, are not adopted', async () => {
  await using host = await enrolled()
  await mkdir(join(host.root, 'dev1/test-write'), { recursive: true })
  const empty = await adopt(host.root, '1')
  assert.deepEqual([empty.code, empty.stderr.includes('is the disk mounted')], [1, true])

  await using other = await enrolled()
  await mkdir(join(host.root, 'dev2/0'), { recursive: true })
  await mkdir(join(other.root, 'dev2/0'), { recursive: true })
  assert.equal((await adopt(other.root, '2')).code, 0)
  const identity = await readFile(join(other.root, 'dev2/mogile-device.json'))
  await writeFile(join(host.root, 'dev2/mogile-device.json'), identity)
  const foreign = await adopt(host.root, '2')
  assert.deepEqual([foreign.code, foreign.stderr.includes('belongs to another cluster')], [1, true])
})

test('what lies where an agent keeps its own is not taken for its own', async () => {
  await using host = await enrolled()
  await mkdir(join(host.root, 'dev3/0'), { recursive: true })
  await mkdir(join(host.root, 'dev3/tmp'), { recursive: true })
  const ended = await adopt(host.root, '3')
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /holds tmp, which an agent needs for itself/)
})
