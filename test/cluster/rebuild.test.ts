// The database is lost, and the disks are all that is left: what they know of their files, and an
// empty database that is filled from it.
import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import pg from 'pg'
import * as z from 'zod'
import { linesOf, tellInventory } from '#agent/inventory.ts'
import type { AgentProcess } from '#infra/dev/agent-process.ts'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import { connect } from '#shared/client/connect.ts'
import { newSecret } from '#shared/mac.ts'
import { mog } from '#test/cli/mog.ts'
import { startAnotherTracker } from '#test/support/another-tracker.ts'
import { testDatabase } from '#test/support/database.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { untilPasses } from '#test/support/until-true.ts'

const FILES = 12
const Tallied = z.object({ files: z.record(z.string(), z.int()) })

/** What each device says of the live files on it: `device fid domain/key class`. */
async function remembered({ agents }: LocalCluster): Promise<string[]> {
  const found: string[] = []
  for (const { path } of agents.flatMap(({ devices }) => devices))
    for await (const line of linesOf(path))
      if ('fid' in line && line.entry !== undefined) {
        const { key, class: its, metadata } = line.entry
        found.push(`${line.deviceId} ${line.fid} ${key} ${its} ${JSON.stringify(metadata ?? {})}`)
      }
  return found.toSorted()
}

/** The same of the database. */
async function recorded(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ line: string }>(`
      select concat_ws(' ', device_id, fid, key, class.name, replace(metadata::text, ': ', ':'))
        as line
      from replica join file using (fid) join class using (class_id)`)
    return rows.map(({ line }) => line).toSorted()
  } finally {
    await client.end()
  }
}

const untilRemembered = (cluster: LocalCluster) =>
  untilPasses(async () => {
    const known = await recorded(cluster.description.databaseUrl)
    assert.deepEqual(await remembered(cluster), known)
  }, 60_000)

/** Overwrites, renames, describes, classes and deletes what the disks know already. */
async function liveALittle(cluster: LocalCluster): Promise<void> {
  const { files } = cluster
  for (let n = 0; n < FILES; n++) await files.put(`file ${n}`, Buffer.from(`content ${n}`))
  await untilRemembered(cluster)
  await files.put('file 0', Buffer.from('newer'))
  await files.rename('file 1', 'renamed "1"\n')
  await files.change('file 2', { class: 'thumb', metadata: { author: 'me' } })
  await files.delete('file 3')
}

test('disks know what lies on them, and tell it to an empty database', async () => {
  await using cluster = await localCluster({ settings: { uploadMs: 1_000 } })
  await liveALittle(cluster)
  await untilDisksMatch(cluster)
  await untilRemembered(cluster)

  // what went wrong before the database did: bytes that no one describes, a file without bytes
  const { files, agents, dir, description } = cluster
  const { fid: doomed, deviceIds } = await files.info('file 4')
  const devices = agents.flatMap((agent) => agent.devices)
  await cluster.tracker[Symbol.asyncDispose]()
  const pathOf = (deviceId: number, fid: number) =>
    join(
      devices.find((each) => each.deviceId === deviceId)?.path ?? '',
      `0/000/000/${String(fid).padStart(10, '0')}.fid`,
    )
  for (const deviceId of deviceIds) await rm(pathOf(deviceId, doomed))
  const [stray = 0] = deviceIds
  await writeFile(pathOf(stray, 900), 'whose is this?')

  await using database = await testDatabase()
  const adminKey = newSecret('mog')
  await ensureApiKey(database.url, { label: 'new', key: adminKey, scopes: ['admin'] })
  const port = Number(new URL(description.trackerUrl).port)
  const reborn = { dir, description: { ...description, databaseUrl: database.url } }
  await using tracker = await startAnotherTracker(reborn, { kind: 'node', port })

  const inventories: string[] = []
  for (const { host, root } of agents) {
    const inventory = join(dir, `${host}.jsonl`)
    const out = new PassThrough()
    const writing = pipeline(out, createWriteStream(inventory))
    await tellInventory(root, out)
    out.end()
    await writing
    inventories.push(inventory)
  }
  const env = { MOG_URL: tracker.url, MOG_ADMIN_KEY: adminKey, MOG_KEY: adminKey }
  const order = (...args: string[]) => mog(args, { cwd: dir, env })
  const [whole = '', ...others] = inventories
  const text = await readFile(whole, 'utf8')
  await writeFile(whole, text.slice(0, text.length * 0.6)) // the connection broke
  const broken = await order('rebuild', 'load', whole)
  assert.match(broken.out + broken.err, /its end is missing|JSON/)
  await writeFile(whole, text)
  const loaded = await order('rebuild', 'load', whole, ...others)
  assert.equal(loaded.code, 0, loaded.err)

  const status = (await order('rebuild', 'status', '--json')).out
  const planned = Tallied.parse(JSON.parse(status))
  assert.deepEqual(planned.files, { placeable: FILES - 2, deleted: 2, lost: 1, undescribed: 1 })
  assert.equal((await order('rebuild', 'apply')).code, 0)
  const unplaced = (await order('rebuild', 'status', '--list')).out
  assert.match(unplaced, /900 {2}undescribed {2}on \d/)
  assert.match(unplaced, new RegExp(`${doomed} {2}lost {2}on no device {2}demo/file 4`))

  // the same clients, with the same keys
  const again = connect({ url: description.trackerUrl, key: description.clientKey })
  const demo = again.domain('demo')
  await untilPasses(async () => {
    const found = await demo.get('file 0').catch((error: unknown) => assert.fail(String(error)))
    assert.equal(await new Response(found.body).text(), 'newer')
  })
  const two = await demo.info('file 2')
  assert.deepEqual([two.class, two.metadata], ['thumb', { author: 'me' }])
  assert.equal((await demo.info('renamed "1"\n')).bytes, 'content 1'.length)
  await assert.rejects(demo.info('file 3'), { code: 'unknown_key' })
  const { fid } = await demo.put('new', Buffer.from('new'))
  assert.ok(fid > 1_000_000, 'fids go on above all that were given out')
})

async function kill(agent: AgentProcess): Promise<void> {
  agent.signal('SIGKILL')
  await agent.exited
}

test('a catalogue that was torn, or is gone, is asked for again', async () => {
  await using cluster = await localCluster({ hosts: 1, devicesPerHost: 1 })
  const { files, agents } = cluster
  await files.put('a', Buffer.from('a'))
  await untilRemembered(cluster)
  const [agent] = agents
  assert.ok(agent !== undefined)
  const [device] = agent.devices
  const leaf = join(device?.path ?? '', 'catalogue/0000/000')
  await kill(agent)
  await appendFile(leaf, 'deadbeef 17 {"fid":1,"key":"torn')
  const second = await cluster.restartAgent(agent.host)
  await files.rename('a', 'b')
  await untilRemembered(cluster)

  await kill(second)
  await rm(dirname(dirname(leaf)), { recursive: true })
  await cluster.restartAgent(agent.host)
  await untilRemembered(cluster)
})
