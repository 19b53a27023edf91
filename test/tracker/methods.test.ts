// What is answered to a method that a URL does not take, and to a URL that is none.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import * as z from 'zod'
import { trackerWorld } from '../support/world.ts'

const Refused = z.object({ code: z.string() })

test('a URL that takes other methods says which', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  const answerTo = async (method: string, path: string) => {
    const headers = { authorization: `Bearer ${world.adminKey}` }
    const answer = await fetch(`${world.tracker().url}${path}`, { method, headers })
    const { code } = Refused.parse(await answer.json())
    return [answer.status, code, answer.headers.get('allow')]
  }
  for (const [method, path, allow] of [
    ['COPY', '/v1/domains/demo/files/a/b', 'GET, HEAD, PUT, POST, PATCH, DELETE'],
    ['COPY', '/v1/domains/demo/file?key=a', 'GET, HEAD, PUT, POST, PATCH, DELETE'],
    ['PUT', '/v1/domains/demo/changes', 'GET, HEAD'],
    ['DELETE', '/v1/domains/demo/uploads', 'POST'],
    ['GET', '/v1/agent/sync', 'POST'],
    ['DELETE', '/v1/admin/settings', 'GET, HEAD, PATCH'],
    ['POST', '/health', 'GET, HEAD'],
    ['OPTIONS', '/health', 'GET, HEAD'],
  ] as const)
    assert.deepEqual(await answerTo(method, path), [405, 'method_not_allowed', allow], path)
  for (const path of ['/v1', '/v1/domains', '/v1/admin/nothing', '/nothing'])
    assert.deepEqual(await answerTo('POST', path), [404, 'unknown_route', null], path)
})

test('what cannot be read as a request is refused in words', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  const { port, hostname } = new URL(world.tracker().url)
  const answerTo = async (line: string, headers = 'host: x\r\n') => {
    const socket = connect(Number(port), hostname)
    socket.write(`${line} HTTP/1.1\r\n${headers}connection: close\r\n\r\n`)
    return text(socket)
  }
  for (const answer of [
    await answerTo('GET /v1/domains/demo/files/käse'),
    await answerTo('GET /a\\b'),
    await answerTo('GET nothing'),
    await answerTo('HELLO'),
    await answerTo('GET /health', 'host: x y\r\n'),
  ])
    assert.match(answer, /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"invalid_request"/)
  assert.match(await answerTo('GET /health'), /^HTTP\/1\.1 200 /)
})
