// The thread that reads for all devices: what it loads, what it finds, and what becomes of its
// other work when one disk hangs. A FIFO hangs as such a disk does: until somebody writes to it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type QuickFound, QuickReads, type Wish } from '#agent/disk/quick-reads/quick-reads.ts'
import { Quickness } from '#agent/disk/quickness.ts'
import { MAX_LEFT_BEHIND, MAX_QUICK_READS, SMALL_BODY_BYTES } from '#agent/limits.ts'
import { tempDir } from '#test/support/temp-dir.ts'

const entry = fileURLToPath(import.meta.resolve('#agent/disk/quick-reads/thread.ts'))

/** Asks until there is a thread that reads. */
async function started(reads: QuickReads, path: string): Promise<QuickFound> {
  for (;;) {
    const found = await reads.read(path, {}, new Quickness())
    if (found !== undefined) return found
    await sleep(5)
  }
}

const bytesOf = ({ parcel, length = 0 }: QuickFound) => parcel?.body(length)

test('it loads a few files of ours, and no package', async () => {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
  })
  const inputs = Object.entries(metafile.inputs)
  assert.deepEqual(
    inputs.filter(([file]) => file.includes('node_modules')),
    [],
  )
  const bytes = inputs.reduce((sum, [, input]) => sum + input.bytes, 0)
  assert.ok(bytes < 50_000, `${bytes} bytes of source, for each process`)
})

test('all of a small file, one small range of a larger, or nothing of either', async () => {
  await using dir = await tempDir()
  const [small, large, empty] = ['small', 'large', 'empty'].map((name) => join(dir.path, name))
  assert.ok(small !== undefined && large !== undefined && empty !== undefined)
  const body = randomBytes(3 * SMALL_BODY_BYTES)
  await writeFile(small, body.subarray(0, SMALL_BODY_BYTES))
  await writeFile(large, body)
  await writeFile(empty, '')
  using reads = new QuickReads()
  await started(reads, small)
  const quickness = new Quickness()
  const read = async (path: string, wish: Wish = {}) => {
    const found = await reads.read(path, wish, quickness)
    assert.ok(found !== undefined)
    return found
  }

  const whole = await read(small, { range: 'bytes=5-9' })
  assert.equal(whole.bytes, SMALL_BODY_BYTES)
  assert.deepEqual(bytesOf(whole), body.subarray(0, SMALL_BODY_BYTES))
  assert.equal((await read(empty)).length, 0)
  const range = await read(large, { range: 'bytes=100000-100009' })
  assert.equal(range.bytes, body.length)
  assert.deepEqual(bytesOf(range), body.subarray(100_000, 100_010))
  const last = await read(large, { range: 'bytes=-7' })
  assert.deepEqual(bytesOf(last), body.subarray(-7))
  for (const tooMuch of [undefined, `bytes=0-${SMALL_BODY_BYTES}`, 'bytes=1-2,4-5', 'lines=1-2'])
    assert.equal((await read(large, { range: tooMuch })).length, undefined, tooMuch)
  const bare = await read(large, { isBare: true })
  assert.deepEqual([bare.bytes, bare.length, bare.parcel], [body.length, 0, undefined])
})

test('many at once are answered each with its own, also those that fail', async () => {
  await using dir = await tempDir()
  const paths = Array.from({ length: 5 * MAX_QUICK_READS }, (_, n) => join(dir.path, String(n)))
  await Promise.all(paths.map((path) => writeFile(path, `this is ${path}`)))
  using reads = new QuickReads()
  await started(reads, paths[0] ?? '')
  const quickness = new Quickness()
  const answers = await Promise.allSettled(
    paths.map(async (path, n) => {
      const found = await reads.read(n % 7 === 0 ? `${path}.not` : path, {}, quickness)
      assert.ok(found !== undefined)
      const text = bytesOf(found)?.toString()
      found.parcel?.giveBack()
      return text
    }),
  )
  for (const [n, answer] of answers.entries())
    if (answer.status === 'fulfilled') assert.equal(answer.value, `this is ${paths[n]}`)
    else {
      assert.equal(n % 7, 0)
      assert.ok(answer.reason instanceof Error && 'code' in answer.reason)
      assert.equal(answer.reason.code, 'ENOENT')
    }
})

test('where a disk hangs, what else was asked goes another way, and reading goes on', async () => {
  await using dir = await tempDir()
  const file = join(dir.path, 'file')
  await writeFile(file, 'here')
  const hangs = Array.from({ length: MAX_LEFT_BEHIND }, (_, n) => join(dir.path, `hangs${n}`))
  execFileSync('mkfifo', hangs)
  using reads = new QuickReads()
  for (const path of hangs) {
    await started(reads, file)
    const [well, ill] = [new Quickness(), new Quickness()]
    const asked = [file, path, file].map((each) => reads.read(each, {}, each === path ? ill : well))
    assert.deepEqual(await Promise.all(asked), [undefined, undefined, undefined])
    const nowMs = performance.now()
    assert.equal(ill.isWorthTrying(nowMs), false, 'a thread waits there: no other is sent')
    assert.equal(ill.isWorthTrying(nowMs + 60_000), false)
    assert.equal(well.isWorthTrying(nowMs), true, 'it is known which of them hung')
  }
  assert.equal(await reads.read(file, {}, new Quickness()), undefined, 'no thread is risked more')

  for (const path of hangs) await (await open(path, 'w')).close() // the disks answer
  assert.equal(bytesOf(await started(reads, file))?.toString(), 'here')
})

test('where a disk is slow, what waited for it is not tried as well', async () => {
  await using dir = await tempDir()
  const file = join(dir.path, 'file')
  await writeFile(file, 'here')
  const late = Array.from({ length: 20 }, (_, n) => join(dir.path, `late${n}`))
  execFileSync('mkfifo', late)
  using reads = new QuickReads()
  await started(reads, file)
  const ill = new Quickness()
  let answered = 0
  const asked = late.map((path) => reads.read(path, {}, ill))
  const all = Promise.all(asked).finally(() => {
    answered = asked.length
  })
  const opened: string[] = []
  for (const path of late) {
    await sleep(150)
    if (answered > 0) break
    // the disk answers, if it was asked
    await (await open(path, constants.O_RDWR | constants.O_NONBLOCK)).close()
    opened.push(path)
  }
  await all
  assert.ok(opened.length < late.length / 2, `${opened.length} were waited for`)
  const nowMs = performance.now()
  assert.equal(ill.isWorthTrying(nowMs) && ill.isWorthTrying(nowMs + 1), false, 'once, to see')
})
