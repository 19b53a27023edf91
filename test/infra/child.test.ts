// How processes are started, watched and ended (infra/dev/child.ts), with small ones of Node's.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { ChildFailed, startChild } from '#infra/dev/child.ts'
import { tempDir } from '../support/temp-dir.ts'

const portIn = (line: string) => /^listening on (\d+)$/.exec(line)?.[1]

const node = (script: string) => ({
  name: 'the agent',
  command: process.execPath,
  args: ['--eval', script],
  ready: portIn,
  readyTimeoutMs: 10_000,
})

test('a process is handed out when it says that it is ready, with what it said', async () => {
  await using child = await startChild(
    node(`
      console.log('warming up')
      console.error('listening on 4711')
      setInterval(() => {}, 1000)`),
  )
  assert.equal(child.ready, '4711')
  process.kill(child.pid, 0)
})

test('a process that dies on its way up is reported with its last lines', async () => {
  await using dir = await tempDir()
  const logFile = join(dir.path, 'agent.log')
  await assert.rejects(
    startChild({ ...node(`console.error('no disk'); process.exitCode = 3`), logFile }),
    (failure) => {
      assert.ok(failure instanceof ChildFailed)
      assert.match(failure.message, /^the agent exited with code 3 before it was ready/)
      assert.equal(failure.tail, 'no disk')
      return true
    },
  )
  assert.equal(await readFile(logFile, 'utf8'), 'no disk\n')
})

test('a process that never becomes ready is killed', async () => {
  const script = 'console.log(process.pid); setInterval(() => {}, 9)'
  let pid = 0
  const ready = (line: string) => {
    pid = Number(line)
    return undefined
  }
  await assert.rejects(
    startChild({ ...node(script), ready, readyTimeoutMs: 500 }),
    /the agent was not ready in 500 ms/,
  )
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a program that is not there is an error, not a wait', async () => {
  await assert.rejects(
    startChild({ ...node(''), command: '/nowhere/agent' }),
    /the agent .* before it was ready[^]*\/nowhere\/agent/,
  )
})

test('a process that ignores the stop signal is killed after its grace', async () => {
  const script = `
    process.on('SIGTERM', () => {})
    setInterval(() => console.log('listening on 1'), 9)`
  const child = await startChild({ ...node(script), stopTimeoutMs: 100 })
  assert.deepEqual(await child.stop(), { code: null, signal: 'SIGKILL' })
  assert.deepEqual(await child.stop(), await child.exited, 'a second stop is harmless')
})

test('kill -9 of the parent takes the process along', async () => {
  const grandchild = `
    const server = require('node:net').createServer()
    server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))`
  const parent = `
    import { startChild } from ${JSON.stringify(import.meta.resolve('#infra/dev/child.ts'))}
    const child = await startChild({
      name: 'the agent', command: process.execPath, args: ['--eval', ${JSON.stringify(grandchild)}],
      ready: (line) => line, readyTimeoutMs: 10_000 })
    console.log(child.ready)`
  await using child = await startChild(node(parent))

  const connection = connect(Number(child.ready), '127.0.0.1')
  await once(connection, 'connect')
  connection.resume().on('error', () => undefined) // the kernel may reset it
  const closed = new Promise((resolve) => connection.once('close', resolve))
  await child.stop('SIGKILL')
  await closed
})
