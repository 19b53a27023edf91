// The check that fails a run must itself be able to fail one.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { clearRun, processesOf } from './leftovers.ts'
import { MEMORY, tempDir } from './temp-dir.ts'

const NO_GRACE_MS = 0

test('a process with the run in its environment is found, ended and named', async () => {
  await using outer = await tempDir()
  const runDir = await mkdtemp(join(outer.path, 'run-'))
  const child = spawn('sleep', ['3600'], { env: { ...process.env, TMPDIR: runDir } })
  const ended = once(child, 'exit')

  const [found] = await processesOf(runDir)
  assert.deepEqual(found, { pid: child.pid, command: 'sleep 3600' })

  const left = await clearRun(runDir, NO_GRACE_MS)
  assert.deepEqual(left, [`process ${child.pid}: sleep 3600`])
  assert.deepEqual(await ended, [null, 'SIGKILL'])
})

test("a process that works in the run's directory is found without its environment", async () => {
  await using outer = await tempDir()
  const runDir = await mkdtemp(join(outer.path, 'run-'))
  const child = spawn('sleep', ['3600'], { env: {}, cwd: runDir })
  const ended = once(child, 'exit')

  const left = await clearRun(runDir, NO_GRACE_MS)
  assert.equal(left[0], `process ${child.pid}: sleep 3600`)
  await ended
})

test('files that a run left are named and removed', async () => {
  await using outer = await tempDir()
  const runDir = await mkdtemp(join(outer.path, 'run-'))
  await writeFile(join(runDir, 'forgotten'), '')

  assert.deepEqual(await clearRun(runDir, NO_GRACE_MS), [join(runDir, 'forgotten')])
  await assert.rejects(stat(runDir), { code: 'ENOENT' })
})

test('what a run keeps in memory is named and removed too', async () => {
  await using outer = await tempDir()
  const runDir = await mkdtemp(join(outer.path, 'run-'))
  const kept = await mkdtemp(join(MEMORY, `${basename(runDir)}-`))

  assert.deepEqual(await clearRun(runDir, NO_GRACE_MS), [kept])
  await assert.rejects(stat(kept), { code: 'ENOENT' })
})

test('a tidy run leaves nothing to name', async () => {
  await using outer = await tempDir()
  const runDir = await mkdtemp(join(outer.path, 'run-'))
  assert.deepEqual(await clearRun(runDir), [])
})
