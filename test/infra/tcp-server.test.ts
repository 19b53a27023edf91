// A server's first and last moment: a port that is taken, clients that do not leave.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { CannotListen, closeWithin, listenAt } from '#infra/tcp-server.ts'

const unneeded = () => assert.fail('nobody was there to be cut off')

test('an address that is taken is told in a sentence', async () => {
  const [first, second] = [createServer(), createServer()]
  const port = await listenAt(first, '127.0.0.1', 0)
  await assert.rejects(listenAt(second, '127.0.0.1', port), (error) => {
    assert.ok(error instanceof CannotListen)
    assert.match(error.message, /^cannot listen at 127\.0\.0\.1:\d+: .*already in use/)
    return true
  })
  await closeWithin(first, 1_000, unneeded)
})

test('who does not leave is cut off, and what is closed may be closed again', async () => {
  const server = createServer()
  const accepted = once(server, 'connection')
  const client = connect(await listenAt(server, '127.0.0.1', 0), '127.0.0.1')
  await accepted
  await closeWithin(server, 1, () => client.destroy())
  await closeWithin(server, 1_000, unneeded)
})
