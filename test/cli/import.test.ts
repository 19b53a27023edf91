// `mog import mogilefs`, from the words of a command to what it says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillFiles } from '#test/adoption/old-cluster.ts'
import { oldWorld } from '#test/adoption/old-world.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { mog } from './mog.ts'

test('a takeover is looked at, done, and ended', async () => {
  await using world = await oldWorld()
  await using dir = await tempDir()
  await fillFiles(world.old, 1, 30)
  await world.old.run(`insert into file values (31, 7, 'of no domain', 1, 0, 1)`)
  const around = { cwd: dir.path, env: { DATABASE_URL: world.databaseUrl } }
  const words = ['import', 'mogilefs', '--dsn', world.old.dsn]

  const looked = await mog([...words, '--dry-run'], around)
  assert.equal(looked.code, 0, looked.err)
  assert.match(looked.out, /to be taken\s+30; 0 are here already/)
  assert.match(looked.out, /1 files: its domain 7 is not there/)
  assert.match(looked.out, /Nothing was done\./)
  assert.deepEqual(await world.rows('select from file'), [])
  assert.deepEqual(await world.rows('select from host'), [])

  const env = { ...around.env, MOGILEFS_DSN: world.old.dsn }
  const taken = await mog(['import', 'mogilefs'], { ...around, env })
  assert.equal(taken.code, 0, taken.err)
  assert.match(taken.out, /^30 files taken, 0 changed, 0 deleted in /)
  assert.match(taken.out, /Verified: all that is there is here/)

  const refused = await mog([...words, '--finish'], around)
  assert.equal(refused.code, 1)
  assert.match(refused.err, /1: its domain 7 is not there \(not_adopted\)\n.*--erase-unmapped/)
  const ended = await mog([...words, '--finish', '--erase-unmapped', '--json'], around)
  assert.equal(ended.code, 0, ended.err)
  const report: unknown = JSON.parse(ended.out)
  assert.ok(report !== null && typeof report === 'object' && 'lastFid' in report)

  const again = await mog(words, around)
  assert.match(again.err, /This cluster has finished its takeover \(not_adopted\)/)
})

test('a takeover of nothing, and into nothing, is refused in words', async () => {
  await using dir = await tempDir()
  const around = { cwd: dir.path, env: {} }
  for (const [words, says] of [
    [[], /Which database is to be taken over/],
    [['--dsn', 'sqlite:/nowhere'], /Our database is not named/],
    [['--dsn', 'sqlite:/nowhere', '--database', 'postgres://x'], /There is no file \/nowhere/],
    [['--dsn', 'DBI:mysql:old', '--database', 'postgres://x'], /of no kind that we know/],
    [['--dsn', 'sqlite:/x', '--database', 'postgres://x', '--copies', '0'], /--copies cannot be 0/],
  ] as const) {
    const said = await mog(['import', 'mogilefs', ...words], around)
    assert.notEqual(said.code, 0)
    assert.match(said.err, says)
  }
})

test('a cluster with files of its own is not mixed with another', async () => {
  await using world = await oldWorld()
  await using dir = await tempDir()
  await fillFiles(world.old, 1, 3)
  await world.rows(`insert into tombstone (fid) values (2)`)
  const around = { cwd: dir.path, env: { DATABASE_URL: world.databaseUrl } }
  const said = await mog(['import', 'mogilefs', '--dsn', world.old.dsn], around)
  assert.equal(said.code, 1)
  assert.match(said.err, /were given out here already: files keep their numbers/)

  await world.rows('delete from tombstone')
  await world.rows(`insert into host (name) values ('alpha-2')`)
  const taken = await mog(['import', 'mogilefs', '--dsn', world.old.dsn], around)
  assert.match(taken.err, /Numbers and names are taken: host alpha is host alpha-2 here/)
})
