// Files that anybody may read, and how little is told of all others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Method } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const demo = '/v1/domains/demo'

async function makePublic(world: World, publicRead: boolean): Promise<void> {
  const path = '/v1/admin/domains/demo/classes/thumb'
  await world.call('PATCH', path, { json: { publicRead } })
  world.look()
}

const answerTo = (world: World, method: Method, path: string) =>
  world.call(method, path, { key: '' })

test('without a key, files of public classes are read, by path or by its twin', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await makePublic(world, true)
  await world.put('a b', 'hello', { class: 'thumb', contentType: 'image/png' })
  for (const path of ['files/a%20b', 'file?key=a+b']) {
    const noverify = `${demo}/${path}${path.includes('?') ? '&' : '?'}noverify`
    assert.equal((await answerTo(world, 'GET', noverify)).status, 302)
    const { status, headers } = await answerTo(world, 'HEAD', `${demo}/${path}`)
    assert.deepEqual([status, headers.get('content-type')], [200, 'image/png'])
  }
  await makePublic(world, false)
  assert.equal((await answerTo(world, 'GET', `${demo}/files/a%20b`)).status, 401)
})

test('without a key nothing tells a private file from one that is not there', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('private')
  for (const isSomethingPublic of [false, true]) {
    await makePublic(world, isSomethingPublic)
    for (const method of ['GET', 'HEAD'] as const) {
      const answers = []
      for (const path of [
        `${demo}/files/private`,
        `${demo}/files/none`,
        '/v1/domains/none/files/none',
      ]) {
        const { status, headers, body } = await answerTo(world, method, path)
        assert.equal(headers.get('www-authenticate'), 'Bearer')
        answers.push([status, JSON.stringify({ body }).replace(/"requestId":"[^"]*"/, '')])
      }
      assert.deepEqual(answers[1], answers[0])
      assert.deepEqual(answers[2], answers[0])
      assert.equal(answers[0]?.[0], 401)
    }
  }
})

test('nothing but reading is public', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await makePublic(world, true)
  await world.put('a', 'a', { class: 'thumb' })
  for (const [method, path] of [
    ['PUT', 'files/a'],
    ['DELETE', 'files/a'],
    ['PATCH', 'files/a'],
    ['GET', 'paths/a'],
    ['GET', 'info/a'],
    ['GET', 'files'],
    ['POST', 'uploads'],
  ] as const)
    assert.equal(
      (await answerTo(world, method, `${demo}/${path}`)).status,
      401,
      `${method} ${path}`,
    )
  const wrong = await world.call('GET', `${demo}/files/a`, { key: 'mog_wrong' })
  assert.equal(wrong.status, 401, 'a key that is none is not ignored')
})

test('a read without a key is one statement, and none where nothing is public', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { db } = world.tracker()
  await world.put('a', 'a', { class: 'thumb' })
  const cost = async () => {
    await answerTo(world, 'GET', `${demo}/files/none`)
    const before = db.statements()
    await answerTo(world, 'GET', `${demo}/files/a?noverify`)
    return db.statements() - before
  }
  assert.equal(await cost(), 0)
  await makePublic(world, true)
  assert.equal(await cost(), 1)
})
