// Listing, describing, renaming and deleting, for people and for programs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { standIn } from '#test/client/stand-in.ts'
import { mog } from './mog.ts'

/** A cluster that holds files of one byte. */
async function worldOf(...keys: string[]) {
  const world = await standIn({ nodes: 2 })
  const demo = connect({ url: world.url, key: world.key }).domain('demo')
  for (const key of keys) await demo.put(key, 'x', { contentType: 'text/plain' })
  return { world, cwd: '/' }
}

test('a listing names keys, one on each line', async () => {
  const around = await worldOf('a', 'b/1', 'b/2', 'c')
  await using _ = around.world
  assert.equal((await mog(['ls'], around)).out, 'a\nb/1\nb/2\nc\n')
  assert.equal((await mog(['ls', 'b/'], around)).out, 'b/1\nb/2\n')
  assert.equal((await mog(['ls', '--delimiter', '/'], around)).out, 'a\nb/\nc\n')
})

test('a long listing tells sizes and times', async () => {
  const around = await worldOf('a', 'b/1')
  await using _ = around.world
  const said = await mog(['ls', '-l', '--delimiter', '/'], around)
  const [file = '', group = ''] = said.out.split('\n')
  assert.match(file, /^ {5}1 B {2}2026-01-01T00:00:00Z {2}default {5}text\/plain {18}a$/)
  assert.match(group, /^ {72}b\/$/)
})

test('a listing for programs is one document on each line', async () => {
  const around = await worldOf('a', 'b/1')
  await using _ = around.world
  const said = await mog(['ls', '--json', '--delimiter', '/'], around)
  const [file = '', group = '', end] = said.out.split('\n')
  assert.deepEqual(JSON.parse(file), around.world.files.get('a'))
  assert.deepEqual([JSON.parse(group), end], [{ prefix: 'b/' }, ''])
})

test('a key cannot play tricks on a terminal', async () => {
  const around = await worldOf('\u001B[2Jgone\nb\u202Egpj')
  await using _ = around.world
  assert.equal((await mog(['ls'], around)).out, '\\u001b[2Jgone\\u000ab\\u202egpj\n')
})

test('a file is described with the devices that hold it', async () => {
  const around = await worldOf('a')
  await using _ = around.world
  const { out } = await mog(['stat', 'a'], around)
  assert.match(out, /^key {7}a\n/)
  assert.match(out, /\nbytes {5}1 \(1 B\)\n/)
  assert.match(out, /\ndevices {3}1, 2\n$/)
  assert.deepEqual(JSON.parse((await mog(['stat', 'a', '--json'], around)).out), {
    ...around.world.files.get('a'),
    domain: 'demo',
    deviceIds: [1, 2],
  })
})

test('paths can be handed to another program', async () => {
  const around = await worldOf('a')
  await using _ = around.world
  const said = await mog(['paths', 'a', '--count', '1', '--noverify'], around)
  assert.match(
    said.out,
    /^http:\/\/127\.0\.0\.1:\d+\/dev1\/0\/000\/000\/0000000001\.fid\?sig=secret\n$/,
  )
  assert.match(around.world.asked.at(-1) ?? '', /key=a&count=1&noverify=1$/)
  assert.equal((await mog(['paths', 'a', '--count', 'some'], around)).code, 2)
})

test('a rename and a deletion say what they did', async () => {
  const around = await worldOf('a', 'b', 'c')
  await using _ = around.world
  assert.equal((await mog(['mv', 'a', 'd'], around)).out, 'a is d now\n')
  const taken = await mog(['mv', 'b', 'c'], around)
  assert.deepEqual([taken.code, taken.out], [1, ''])
  assert.match(taken.err, /Another file has this key \(key_exists/)

  const said = await mog(['rm', 'b', 'x', 'c'], around)
  assert.deepEqual([said.code, said.out], [1, 'deleted b\ndeleted c\n'])
  assert.match(said.err, /^mog: x: No file has this key/)
  assert.deepEqual([...around.world.files.keys()], ['d'])
  const json = await mog(['rm', 'd', '--json'], around)
  assert.deepEqual(JSON.parse(json.out), { key: 'd', fid: 1 })
})

test('a file is given another class and description, what is not named stays', async () => {
  const around = await worldOf('a', 'b')
  await using _ = around.world
  const said = await mog(['set', 'a', 'x', 'b', '--class', 'thumb', '--meta', 'by=me'], around)
  assert.deepEqual([said.code, said.out], [1, 'changed a\nchanged b\n'])
  assert.match(said.err, /^mog: x: No file has this key/)
  const file = around.world.files.get('a')
  assert.deepEqual([file?.class, file?.contentType], ['thumb', 'text/plain'])
  assert.deepEqual(file?.metadata, { by: 'me' })
  await mog(['set', 'a', '--type', ''], around)
  assert.equal(around.world.files.get('a')?.contentType, null)
  assert.equal((await mog(['set', 'a'], around)).code, 2)
})

test('a key that looks like an option stands behind two dashes', async () => {
  const around = await worldOf('--help', '-')
  await using _ = around.world
  assert.equal((await mog(['rm', '--', '--help', '-'], around)).code, 0)
})
