// `mog get`: a file appears when it is whole and verified, and not before.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { standIn } from '#test/client/stand-in.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { mog } from './mog.ts'

const text = 'the quick brown fox'

/** A cluster whose nodes all hold one file, and a directory to fetch it to. */
async function foxOn(nodes: number, key = 'animals/fox') {
  const world = await standIn({ nodes })
  const demo = connect({ url: world.url, key: world.key }).domain('demo')
  const { fid } = await demo.put(key, text)
  for (const disk of world.disks) disk.set(fid, Buffer.from(text))
  return { world, fid, demo }
}

test('a file is saved under the last part of its key', async () => {
  const { world } = await foxOn(1)
  await using _ = world
  await using to = await tempDir()
  const said = await mog(['get', 'animals/fox'], { world, cwd: to.path })
  assert.deepEqual([said.code, said.out], [0, `${to.path}/fox  19 B, verified\n`])
  assert.deepEqual(await readdir(to.path), ['fox'])
  assert.equal(await readFile(join(to.path, 'fox'), 'utf8'), text)
})

test('a file is saved under a name, or into a directory', async () => {
  const { world } = await foxOn(1)
  await using _ = world
  await using to = await tempDir()
  await mkdir(join(to.path, 'zoo'))
  await mog(['get', 'animals/fox', 'renard'], { world, cwd: to.path })
  await mog(['get', 'animals/fox', 'zoo'], { world, cwd: to.path })
  assert.equal(await readFile(join(to.path, 'renard'), 'utf8'), text)
  assert.equal(await readFile(join(to.path, 'zoo/fox'), 'utf8'), text)
})

test('standard output gets the bytes and nothing else', async () => {
  const { world } = await foxOn(1)
  await using _ = world
  const said = await mog(['get', 'animals/fox', '-'], { world, cwd: '/' })
  assert.deepEqual([said.code, said.out, said.err], [0, text, ''])
})

test('a damaged copy is left for the next', async () => {
  const { world, fid } = await foxOn(3)
  await using _ = world
  await using to = await tempDir()
  world.disks[0]?.set(fid, Buffer.from('THE QUICK BROWN FOX'))
  const said = await mog(['get', 'animals/fox', '--json'], { world, cwd: to.path })
  assert.equal(said.code, 0)
  assert.equal(await readFile(join(to.path, 'fox'), 'utf8'), text)
})

test('when every copy is damaged nothing is saved, and what was there stays', async () => {
  const { world, fid } = await foxOn(2)
  await using _ = world
  await using to = await tempDir()
  await writeFile(join(to.path, 'fox'), 'of last year')
  for (const disk of world.disks) disk.set(fid, Buffer.from('THE QUICK BROWN FOX'))

  const said = await mog(['get', 'animals/fox'], { world, cwd: to.path })
  assert.equal(said.code, 1)
  assert.match(said.err, /none has its checksum \(checksum_mismatch\)/)
  assert.deepEqual(await readdir(to.path), ['fox'])
  assert.equal(await readFile(join(to.path, 'fox'), 'utf8'), 'of last year')

  const written = await mog(['get', 'animals/fox', '-'], { world, cwd: to.path })
  assert.equal(written.code, 1, 'a pipe learns it by the exit code')
})

test('a file that is overwritten meanwhile is fetched as one of its revisions', async () => {
  const { world, demo } = await foxOn(1)
  await using _ = world
  world.next('tracker GET /v1/domains/demo/paths', async (__, response) => {
    await demo.put('animals/fox', 'the slow brown fox')
    const { fid, bytes, paths } = await demo.paths('animals/fox')
    response.end(JSON.stringify({ fid, bytes, paths }))
  })
  const said = await mog(['get', 'animals/fox', '-'], { world, cwd: '/' })
  assert.deepEqual([said.code, said.out], [0, 'the slow brown fox'])
})

test('a fetch that fails leaves nothing behind', async () => {
  const { world } = await foxOn(1)
  await using _ = world
  await using to = await tempDir()
  const unknown = await mog(['get', 'wolf'], { world, cwd: to.path })
  assert.equal(unknown.code, 1)
  assert.match(unknown.err, /No file has this key.*\(unknown_key, request request-1\)/)

  const caller = new AbortController()
  world.next('node1 GET', (__, response) => {
    response.writeHead(200, { 'content-length': text.length })
    response.write('the ', () => caller.abort())
  })
  const { signal } = caller
  const interrupted = await mog(['get', 'animals/fox'], { world, cwd: to.path, signal })
  assert.equal(interrupted.code, 130)
  assert.deepEqual(await readdir(to.path), [])
})

test('a key that cannot be the name of a file needs one', async () => {
  const { world } = await foxOn(1, 'animals/..')
  await using _ = world
  await using to = await tempDir()
  const said = await mog(['get', 'animals/..'], { world, cwd: to.path })
  assert.equal(said.code, 2)
  assert.match(said.err, /mog get KEY FILE/)
  assert.equal((await mog(['get', 'animals/..', 'fox'], { world, cwd: to.path })).code, 0)
})
