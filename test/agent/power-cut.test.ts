// What a power cut leaves on a real file system: the agent stores on an ext4 of its own, and at
// each 201 we keep what has reached the block device so far. What only the kernel's memory knew is
// missing there: an fsync that was left out is a file that is gone. Runs itself again in a mount
// namespace of its own, whose mounts end with it.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { launchWith } from '#infra/dev/setpriv.ts'
import { memoryDir } from '#test/support/temp-dir.ts'
import { type Host, startHost } from './support/host.ts'

const INSIDE = '--inside'
/** Room for both halves of the journal, and for what the agent keeps free. */
const DISK = '160M'
/** Of both kinds: up to 64 KiB a file is durable in the journal, beyond it under its own name. */
const SIZES = [300_000, 900, 70_000, 40_000, 1_500_000]

const run = promisify(execFile)

if (process.argv.includes(INSIDE)) tellStories()
else test('the power of a real disk is cut', { skip: whyNot() }, runInside)

function whyNot(): string | false {
  const script = 'mkfs.ext4 -V && losetup --find'
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', script])
  return status === 0 ? false : 'needs root, `unshare`, `mkfs.ext4` and loop devices'
}

async function runInside() {
  const { prefix } = launchWith({ deathSignal: 'SIGKILL' })
  const itself = [process.execPath, '--test-reporter=spec', import.meta.filename, INSIDE]
  const [command = '', ...args] = [...prefix, 'unshare', '--mount', ...itself]
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // a run of its own
  await run(command, args, { env }).catch((error: unknown) => {
    const told = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    assert.fail(told === '' ? String(error) : told)
  })
}

function tellStories() {
  test('what was answered with 201 is on the disk, whatever was only in memory', async () => {
    await using parts = new AsyncDisposableStack()
    const { path: dir } = parts.use(await memoryDir())
    const host = parts.use(await startHost())
    await host.stop()
    const disk = await ext4With(host, join(dir, 'disk'))
    await mount(disk, host)
    await host.start()

    const bodies = SIZES.map((bytes) => randomBytes(bytes))
    const cuts: string[] = []
    for (const [n, body] of bodies.entries()) {
      const { status } = await fetch(host.put(n + 1), { method: 'PUT', body })
      assert.equal(status, 201)
      const cut = join(dir, `cut-${n + 1}`)
      execFileSync('cp', ['--sparse=always', disk, cut]) // nothing of ours runs meanwhile
      cuts.push(cut)
    }
    await host.stop()
    await run('umount', [directoryOf(host)])

    for (const [n, cut] of cuts.entries()) {
      await mount(cut, host)
      await host.start()
      await expectAll(host, bodies.slice(0, n + 1))
      await host.stop()
      await run('umount', [directoryOf(host)])
    }
  })
}

const directoryOf = ({ root }: Host) => join(root, 'dev1')

/** A file system in a file, with what lies on the host's device. */
async function ext4With(host: Host, image: string): Promise<string> {
  await run('mkfs.ext4', ['-q', '-F', '-d', directoryOf(host), image, DISK])
  return image
}

/** Its own journal is written when somebody asks for it: by fsync, and otherwise not for long. */
const mount = (image: string, host: Host) =>
  run('mount', ['-o', 'loop,commit=600', image, directoryOf(host)])

async function expectAll(host: Host, bodies: readonly Buffer[]): Promise<void> {
  for (const [n, body] of bodies.entries()) {
    const response = await fetch(host.get(n + 1))
    assert.equal(response.status, 200, `fid ${n + 1} of ${bodies.length}, ${body.length} bytes`)
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), body)
  }
}
