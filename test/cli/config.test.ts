// Which cluster, and as whom.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Flags, readConfig } from '#infra/cli/config.ts'
import { tempDir } from '#test/support/temp-dir.ts'

const cluster = {
  trackerUrl: 'http://127.0.0.1:7000',
  adminKey: 'local-admin',
  clientKey: 'local-client',
  domain: 'demo',
}

/** A directory where `npm start` runs a cluster. */
async function homeOf(text = JSON.stringify(cluster)) {
  const home = await tempDir()
  await mkdir(join(home.path, '.mogile'))
  await writeFile(join(home.path, '.mogile/cluster.json'), text)
  return home
}

const read = (cwd: string, env: Record<string, string> = {}, flags: Partial<Flags> = {}) =>
  readConfig(Flags.parse(flags), { cwd, env })

test('after npm start everything is known', async () => {
  await using home = await homeOf()
  assert.deepEqual(await read(home.path), {
    urls: [cluster.trackerUrl],
    clientKey: 'local-client',
    adminKey: 'local-admin',
    domain: 'demo',
  })
})

test('the environment wins over the cluster that runs here, and a flag over both', async () => {
  await using home = await homeOf()
  const env = { MOG_URL: cluster.trackerUrl, MOG_KEY: 'k', MOG_ADMIN_KEY: 'a', MOG_DOMAIN: 'd' }
  assert.deepEqual(await read(home.path, env), {
    urls: [cluster.trackerUrl],
    clientKey: 'k',
    adminKey: 'a',
    domain: 'd',
  })
  const flags = { url: 'http://a, http://b', key: 'flag', domain: 'x' }
  assert.deepEqual(await read(home.path, env, flags), {
    urls: ['http://a', 'http://b'],
    clientKey: 'flag',
    adminKey: 'flag',
    domain: 'x',
  })
})

test('the one key of the environment is good for admin commands too', async () => {
  assert.equal((await read('/', { MOG_KEY: 'k' })).adminKey, 'k')
})

test('the keys of the local cluster are shown to no other', async () => {
  await using home = await homeOf()
  assert.deepEqual(await read(home.path, { MOG_URL: 'https://tracker.example' }), {
    urls: ['https://tracker.example'],
    clientKey: undefined,
    adminKey: undefined,
    domain: undefined,
  })
})

test('a cluster file that is none is not passed over', async () => {
  for (const text of ['', '{', '{}']) {
    await using home = await homeOf(text)
    await assert.rejects(read(home.path), { name: 'UsageError' })
  }
})
