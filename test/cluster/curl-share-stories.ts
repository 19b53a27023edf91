// Sharing by curl alone, without a key: links that mog or the SDK made, and classes for everybody.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { curl, expectStatus } from '#test/support/curl.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { mog } from '../cli/mog.ts'
import { type Hand, makeFile, type Story } from './curl-stories.ts'

const Link = z.object({ url: z.string() })
const FOR_MS = 3_600_000

async function linkToRead({ cluster, dir, ...hand }: Hand): Promise<void> {
  const content = await makeFile({ cluster, dir, ...hand }, 'holiday.jpg', 200_000)
  for (const key of ['shared/holiday ä.jpg', '../shared/./holiday']) {
    await cluster.files.put(key, Buffer.from(content))
    const link = await cluster.files.share(key, { forMs: FOR_MS })
    expectStatus(await curl(dir, ['-L', '-o', 'fetched', link]), 200)
    assert.ok(content.equals(await readFile(join(dir, 'fetched'))), key)
    expectStatus(await curl(dir, ['-I', link]), 200)
    assert.equal((await curl(dir, ['-L', '-X', 'DELETE', link])).status, 401)
  }
}

async function linkToWrite({ cluster, dir, ...hand }: Hand): Promise<void> {
  const { trackerUrl, clientKey, domain } = cluster.description
  const env = { MOG_URL: trackerUrl, MOG_KEY: clientKey, MOG_DOMAIN: domain }
  const words = 'share inbox/report --for 1h --write --max-bytes 10kB --class thumb --json'
  const said = await mog(words.split(' '), { cwd: dir, env })
  assert.equal(said.code, 0, said.err)
  const { url: link } = Link.parse(JSON.parse(said.out))

  await makeFile({ cluster, dir, ...hand }, 'large', 10_001)
  assert.equal((await curl(dir, ['-L', '-T', 'large', link])).status, 413)
  const piped = await curl(dir, ['-L', '-T', '-', link], [Buffer.alloc(20_000)])
  assert.equal(piped.status, 413)
  const report = await makeFile({ cluster, dir, ...hand }, 'report', 10_000)
  expectStatus(await curl(dir, ['-L', '-T', 'report', link]), 201)
  const stored = await cluster.files.get('inbox/report')
  assert.ok(report.equals(Buffer.from(await stored.arrayBuffer())))
  assert.equal((await cluster.files.stat('inbox/report')).class, 'thumb')
  assert.equal((await curl(dir, ['-L', link])).status, 403, 'it is not a link to read')
}

async function everybody({ cluster, dir, files }: Hand): Promise<void> {
  const { admin } = cluster.admin
  const { domain } = cluster.description
  await admin.classes.add(domain, { name: 'web', copies: 1, publicRead: true, cacheS: 60 })
  await cluster.files.put('logo.png', 'a logo', { class: 'web', contentType: 'image/png' })
  await cluster.files.put('private.png', 'a secret')
  const read = (key: string) => curl(dir, ['-L', `${files}/${key}`])
  await untilTrue(async () => (await read('logo.png')).status === 200, 'trackers know the class')

  const logo = expectStatus(await read('logo.png'), 200)
  assert.deepEqual(
    [logo.body.toString(), logo.headers.get('content-type')],
    ['a logo', 'image/png'],
  )
  for (const key of ['private.png', 'none.png']) assert.equal((await read(key)).status, 401)
}

export const shareStories: Readonly<Record<string, Story>> = {
  'a link is read by whoever has it': linkToRead,
  'a link stores a file, up to its size': linkToWrite,
  'a class is read by everybody': everybody,
}
