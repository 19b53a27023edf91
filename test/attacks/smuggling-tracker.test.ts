// Request smuggling at a tracker on Node, over raw sockets: the same shapes as at an agent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackerWorld } from '../support/world.ts'
import { answersOf, attack, say } from './raw-http.ts'
import { ambiguous, HIDDEN, odd } from './shapes.ts'

const CLOSE = 'GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

test('a request that could be read in two ways is not read on', async (t) => {
  await using world = await trackerWorld({ hosts: 1 })
  const { url } = world.tracker()
  for (const [name, shape] of Object.entries(ambiguous))
    for (const line of ['POST /v1/domains/demo/uploads', 'GET /v1/domains/demo/files', 'PUT /x'])
      await t.test(`${name}, ${line}`, async () => {
        const { answers, hungUp } = await attack(url, shape(line))
        const isHealth = answers.map(({ body }) => body.includes('"status":"ok"'))
        assert.ok(!isHealth.includes(true), 'the hidden request was answered')
        assert.ok(hungUp, 'the server has hung up')
      })
})

test('a request that is odd has the meaning that it has everywhere', async (t) => {
  await using world = await trackerWorld({ hosts: 1 })
  const auth = `authorization: Bearer ${world.adminKey}\r\n\r\n`
  for (const [name, shape] of Object.entries(odd))
    await t.test(name, async () => {
      const key = `${name}: ${HIDDEN}`
      const request = shape('POST /v1/domains/demo/uploads', JSON.stringify({ key }))
      const said = await say(world.tracker().url, request.replace('\r\n\r\n', `\r\n${auth}`), CLOSE)
      assert.deepEqual(
        answersOf(said).map(({ status }) => status),
        [201, 404],
      )
      assert.equal((await world.sql('select from upload where key = $1', key)).length, 1)
    })
})

test('no line of an answer is made of what was asked', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { url } = world.tracker()
  const lines = '%0d%0aset-cookie:%20a=b%0d%0a%0d%0aHTTP/1.1%20200%20OK%0d%0a'
  for (const target of [
    `/${lines}`,
    `/v1/domains/${lines}/files`,
    `/v1/domains/demo/files/${lines}`,
    `/v1/domains/demo/files?after=${lines}&prefix=${lines}`,
    `/v1/domains/demo/files/a?until=${lines}&by=${lines}&sig=${lines}`,
  ]) {
    const head = `host: x\r\nauthorization: Bearer ${world.adminKey}\r\n`
    const request = `GET ${target} HTTP/1.1\r\n${head}\r\n`
    const [answer, last, ...more] = answersOf(await say(url, request, CLOSE))
    assert.deepEqual([answer?.headers.get('set-cookie'), last?.status, more], [undefined, 404, []])
  }
})
