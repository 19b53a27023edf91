// `mog put`: which file goes under which key, and what is done when some are refused.
import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { refuses } from '#test/client/http-server.ts'
import { standIn } from '#test/client/stand-in.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { mog } from './mog.ts'

/** Files by their paths below a new directory. */
async function directoryOf(files: Record<string, string>) {
  const directory = await tempDir()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory.path, name, '..'), { recursive: true })
    await writeFile(join(directory.path, name), text)
  }
  return directory
}

test('a file is stored under its base name, or under the key that is given', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({ 'a/photo.jpg': 'jpeg' })
  const around = { world, cwd: files.path }

  const first = await mog(['put', 'a/photo.jpg'], around)
  assert.deepEqual([first.code, first.out, first.err], [0, 'photo.jpg  4 B\n', ''])
  await mog(['put', 'a/photo.jpg', 'people/me'], around)
  await mog(['put', 'a/photo.jpg', 'me', '--prefix', 'x/'], around)
  assert.deepEqual([...world.files.keys()], ['photo.jpg', 'people/me', 'x/me'])
  assert.equal(world.files.get('people/me')?.contentType, 'image/jpeg')
})

test('of two names that are files both are stored', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({ a: '1', b: '2' })
  await mog(['put', 'a', 'b'], { world, cwd: files.path })
  assert.deepEqual([...world.files.keys()].toSorted(), ['a', 'b'])
})

test('a directory is stored with all that is in it, under its prefix', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({
    'd/1.txt': 'one',
    'd/e/2.txt': 'two',
    'd/e/f/3': 'three',
  })
  await symlink('1.txt', join(files.path, 'd/link.txt'))
  await symlink('..', join(files.path, 'd/e/circle'))
  await symlink('nowhere', join(files.path, 'd/broken'))

  const said = await mog(['put', 'd/', '--prefix', 'p/', '--jobs', '2'], { world, cwd: files.path })
  const keys = ['p/1.txt', 'p/e/2.txt', 'p/e/f/3', 'p/link.txt']
  assert.deepEqual([...world.files.keys()].toSorted(), keys)
  assert.equal(said.code, 1, 'what was left out is told')
  assert.match(said.err, /d\/broken: It is not a file \(not_a_file\)/)
  assert.match(said.err, /d\/e\/circle: It is not a file/)
})

test('standard input is stored, and needs a key', async () => {
  await using world = await standIn({ nodes: 1 })
  const around = {
    world,
    cwd: '/',
    stdin: Readable.from([Buffer.from('from '), Buffer.from('tar')]),
  }
  const said = await mog(['put', '-', 'backup.tar'], around)
  assert.deepEqual([said.code, said.out], [0, 'backup.tar  8 B\n'])
  assert.equal(world.disks[0]?.get(1)?.toString(), 'from tar')

  const without = await mog(['put', '-'], around)
  assert.equal(without.code, 2)
  assert.match(without.err, /mog put - KEY/)
})

test('what is told of a file is stored with it', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({ a: '1' })
  const flags = ['--class', 'thumb', '--type', 'x/y', '--meta', 'by=me', '--meta', 'note=a=b']
  await mog(['put', 'a', ...flags], { world, cwd: files.path })
  const file = world.files.get('a')
  assert.deepEqual(
    [file?.class, file?.contentType, file?.metadata],
    ['thumb', 'x/y', { by: 'me', note: 'a=b' }],
  )
  const wrong = await mog(['put', 'a', '--meta', 'nothing'], { world, cwd: files.path })
  assert.equal(wrong.code, 2)
})

test('a large file is sent again from its start, and is whole', async () => {
  await using world = await standIn({ nodes: 2 })
  const text = 'mogile '.repeat(500_000)
  await using files = await directoryOf({ large: text })
  world.next('node1 PUT', (request) => {
    request.once('data', () => request.socket.resetAndDestroy())
  })
  const said = await mog(['put', 'large', '--json'], { world, cwd: files.path })
  assert.equal(said.code, 0)
  assert.deepEqual(JSON.parse(said.out), {
    path: 'large',
    key: 'large',
    fid: 1,
    replacedFid: null,
    deviceId: 2,
    bytes: text.length,
    checksum: world.files.get('large')?.checksum,
  })
  assert.equal(world.disks[1]?.get(1)?.toString(), text)
})

test('one refusal does not keep the others back', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({ a: '1', b: '2', c: '3' })
  world.next('node1 PUT', refuses('ticket_invalid'))
  const said = await mog(['put', 'a', 'b', 'c', '--jobs', '1'], { world, cwd: files.path })
  assert.equal(said.code, 1)
  assert.match(said.err, /^mog: a: The ticket is not for this request/)
  assert.deepEqual([...world.files.keys()], ['b', 'c'])
})

test('after ten refusals the rest is not tried', async () => {
  await using world = await standIn({ nodes: 1 })
  const names = Array.from({ length: 30 }, (_, at) => `file${at}`)
  await using files = await directoryOf(Object.fromEntries(names.map((name) => [name, name])))
  const around = { world, cwd: files.path, env: { MOG_KEY: 'wrong' } }
  const said = await mog(['put', ...names, '--jobs', '1'], around)
  assert.equal(said.code, 1)
  assert.equal(world.asked.length, 10)
  assert.match(said.err, /10 files have failed \(gave_up\)\n {2}20 files were not tried\.\n$/)
})

test('a file that is not there stops everything before anything is stored', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({ a: '1' })
  const said = await mog(['put', 'a', 'b', 'c'], { world, cwd: files.path })
  assert.equal(said.code, 1)
  assert.match(said.err, /\/b: no such file or directory/)
  assert.deepEqual(world.asked, [])
})

test('on a terminal the progress is drawn, and cleared away at the end', async () => {
  await using world = await standIn({ nodes: 1 })
  await using files = await directoryOf({ a: 'x'.repeat(3_000_000) })
  const said = await mog(['put', 'a'], { world, cwd: files.path, isTTY: true })
  assert.match(said.err, /a {2}\[>? *\] {3}0 % {2}0 B of 3\.0 MB/)
  assert.ok(said.err.endsWith('\r\u001B[K'))
  assert.equal(said.out, 'a  3.0 MB\n')
})
