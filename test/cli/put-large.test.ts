// `mog put` of a large file that is killed in its middle, and called again.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LARGE_BYTES } from '#infra/cli/put-large.ts'
import { MIB } from '#test/client/bodies.ts'
import { type LinkedCluster, linkedCluster } from '#test/support/linked-cluster.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { mog } from './mog.ts'

const MOG = fileURLToPath(import.meta.resolve('#infra/cli/mog.ts'))
const content = randomFillSync(new Uint8Array(LARGE_BYTES + 5 * MIB))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const aroundOf = ({ description }: LinkedCluster, cwd: string) => {
  const { trackerUrl, clientKey, domain } = description
  const env = { MOG_URL: trackerUrl, MOG_KEY: clientKey, MOG_DOMAIN: domain, HOME: cwd }
  return { cwd, env }
}

/** Killed when so many bytes have reached the node. */
async function killedAfter(
  { links: [link] }: LinkedCluster,
  bytes: number,
  { cwd, env }: ReturnType<typeof aroundOf>,
): Promise<void> {
  assert.ok(link !== undefined)
  link.after(bytes, 'cut')
  const child = spawn(process.execPath, [MOG, 'put', 'film'], { cwd, env, stdio: 'ignore' })
  await untilTrue(() => link.isCut, 'it is in its middle')
  child.kill('SIGKILL')
  await once(child, 'close')
  link.heal()
}

const GOES_ON = /^mog: film goes on at (\d+\.\d) MB\n$/

test('a put that was killed goes on when it is called again', async (t) => {
  await using cluster = await linkedCluster(1)
  await using dir = await tempDir()
  const around = aroundOf(cluster, dir.path)
  const path = join(dir.path, 'film')
  const kept = () => readdir(join(dir.path, '.local/state/mog/uploads'))
  const stored = async () =>
    sha256(Buffer.from(await (await cluster.files.get('film')).arrayBuffer()))
  await writeFile(path, content)

  await t.test('where it was, and is then forgotten', async () => {
    await killedAfter(cluster, 25 * MIB, around)
    assert.equal((await kept()).length, 1)
    const again = await mog(['put', 'film'], around)
    assert.deepEqual([again.code, again.out], [0, 'film  38.8 MB\n'], again.err)
    const [, at] = GOES_ON.exec(again.err) ?? []
    assert.ok(Number(at) > 16, `it went on at ${at} MB`)
    assert.equal(await stored(), sha256(content))
    assert.deepEqual(await kept(), [])
  })
  await t.test('but not where the file has changed, or it is to begin anew', async () => {
    await killedAfter(cluster, 25 * MIB, around)
    const anew = await mog(['put', 'film', '--anew'], around)
    assert.deepEqual([anew.code, anew.err], [0, ''])

    await killedAfter(cluster, 25 * MIB, around)
    const changed = content.toReversed()
    await writeFile(path, changed)
    await utimes(path, new Date(), new Date(1_000)) // whatever the clock of the disk says
    const other = await mog(['put', 'film'], around)
    assert.deepEqual([other.code, other.err], [0, ''])
    assert.equal(await stored(), sha256(changed))
  })
  await t.test('an interrupted one says until when', async () => {
    const [link] = cluster.links
    assert.ok(link !== undefined)
    const interrupted = new AbortController()
    link.after(25 * MIB, 'cut')
    const put = mog(['put', 'film', 'copy'], { ...around, signal: interrupted.signal })
    await untilTrue(() => link.isCut, 'it is in its middle')
    interrupted.abort()
    const { code, err } = await put
    assert.equal(code, 130)
    assert.match(err, /^mog: what has arrived is kept until 20.+Z: the same command goes on/)
    link.heal()
  })
  await t.test('where nothing can be noted it is stored all the same', async () => {
    const env = { ...around.env, HOME: '/dev/null' }
    const said = await mog(['put', 'film'], { ...around, env })
    assert.equal(said.code, 0, said.err)
    assert.match(said.err, /an interrupted put will not go on, but begin anew\n$/)
  })
})
