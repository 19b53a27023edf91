// The feed of changes and who is told of it, as `mog` shows them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

const change = { kind: 'create', key: 'a', fid: 7, prevFid: null, class: 'default', bytes: 4_096 }
const first = { ...change, cursor: '10.1', prevKey: null, atMs: 0 }
const second = { ...change, cursor: '10.2', kind: 'rename', key: 'b', prevKey: 'a', atMs: 1_000 }

test('changes are a line each, and a document each for programs', async () => {
  await using world = await standIn({ nodes: 1 })
  const around = { world, cwd: '/' }
  answer(world, 200, { changes: [first, second], cursor: '10.2', more: false })
  const said = await mog(['changes', '--after', '9.9'], around)
  assert.deepEqual(said.out.split('\n'), [
    '1970-01-01T00:00:00Z  10.1            create       4.1 kB  a',
    '1970-01-01T00:00:01Z  10.2            rename       4.1 kB  a -> b',
    '',
  ])
  assert.equal(world.asked.at(-1), 'tracker GET /v1/domains/demo/changes?after=9.9')

  answer(world, 200, { changes: [first, second], cursor: '10.2', more: false })
  const json = await mog(['changes', '--json'], around)
  const lines = json.out.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    [first, second],
  )
})

test('a webhook is made with its secret, paused, moved, listed and forgotten', async () => {
  await using world = await standIn({ nodes: 1 })
  const around = { world, cwd: '/' }
  const made = answer(world, 201, { webhookId: 3, secret: 'whsec_x' })
  const added = await mog(['webhook', 'add', 'photos', 'https://app.example/'], around)
  assert.match(added.out, /id {6}3\nsecret {2}whsec_x\nnext {4}the receiver checks/)
  assert.equal(made.body, '{"domain":"photos","url":"https://app.example/"}')

  answer(world, 200, { webhookId: 3, secret: 'whsec_y' })
  assert.equal((await mog(['webhook', 'secret', '3'], around)).out, 'secret  whsec_y\n')

  const paused = answer(world, 204)
  await mog(['webhook', 'set', '3', '--paused', 'yes', '--to', 'https://b.example/'], around)
  assert.equal(paused.body, '{"url":"https://b.example/","paused":true}')
  assert.equal((await mog(['webhook', 'set', '3'], around)).code, 2)

  const webhook = { domain: 'photos', url: 'https://b.example/', paused: false, current: true }
  const told = { failures: 0, lastError: null, toldAtMs: 0, tryAtMs: 0 }
  answer(world, 200, {
    webhooks: [
      { webhookId: 3, ...webhook, ...told },
      { webhookId: 4, ...webhook, ...told, failures: 2, lastError: 'it answered 503' },
    ],
  })
  const list = await mog(['webhook', 'ls'], around)
  assert.match(list.out, /3 {2}photos {2}https:\/\/b\.example\/ {2}1970-01-01T00:00:00Z {2}current/)
  assert.match(list.out, /failed 2 times: it answered 503; next 1970/)

  answer(world, 204)
  assert.equal((await mog(['webhook', 'rm', '3'], around)).out, 'webhook 3 is gone\n')
})
