// Files of classes that ask for other checksums, through the real parts: mog, tracker, agents.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { ChecksumKind, kindOfChecksum } from '#shared/ids.ts'
import { localCluster } from '#test/support/local-cluster.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { mog } from '../cli/mog.ts'

test('files are stored, copied and fetched with the checksum of their class', async (t) => {
  await using cluster = await localCluster({ hosts: 2, devicesPerHost: 1 })
  await using dir = await tempDir()
  const { trackerUrl, clientKey, adminKey, domain } = cluster.description
  const env = {
    MOG_URL: trackerUrl,
    MOG_KEY: clientKey,
    MOG_ADMIN_KEY: adminKey,
    MOG_DOMAIN: domain,
  }
  const say = async (words: string, stdin?: Readable) => {
    const around = { cwd: dir.path, env, ...(stdin !== undefined && { stdin }) }
    const said = await mog(words.split(' '), around)
    assert.equal(said.code, 0, `mog ${words}: ${said.err}`)
    return said
  }

  for (const kind of ChecksumKind.options)
    await t.test(kind, async () => {
      const name = kind.toLowerCase()
      await say(`class add ${domain} ${name} --copies 2 --checksum ${kind}`)
      for (const length of [0, 5_000, 3_000_000]) {
        const [content, key] = [randomBytes(length), `${name}-${length}`]
        await writeFile(join(dir.path, key), content)
        await say(`put ${key} --class ${name}`)
        await say(`put - ${key}-piped --class ${name}`, Readable.from([content]))
        for (const stored of [key, `${key}-piped`]) {
          const { checksum } = await cluster.files.stat(stored)
          assert.equal(kindOfChecksum(checksum), kind)
          const copied = async () => (await cluster.files.info(stored)).deviceIds.length === 2
          await untilTrue(copied, `${stored} has two copies`)
          await say(`get ${stored} fetched`)
          assert.ok(content.equals(await readFile(join(dir.path, 'fetched'))), stored)
        }
      }
    })
})
