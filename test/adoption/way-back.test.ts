// The way back, as the README tells it: what its statements give fills a MogileFS database, which
// tells the same files as the one that was taken over, and those that came since.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSource } from '#infra/adoption/open-source.ts'
import { readFiles } from '#infra/adoption/read-files.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { fillFiles, type OldDatabase } from './old-cluster.ts'
import { oldSchema } from './old-schema.ts'
import { oldWorld } from './old-world.ts'

const FILES = 300
const README = new URL('../../infra/adoption/README.md', import.meta.url)

/** `theirs (columns)` and the statement on ours that fills it. */
async function statementsOfReadme(): Promise<{ table: string; columns: string; ours: string }[]> {
  const text = await readFile(README, 'utf8')
  return [...text.matchAll(/^\| `(\w+) \(([\w, ]+)\)` \| `(select .*)` \|$/gm)].map(
    ([, table = '', columns = '', ours = '']) => ({
      table,
      columns,
      ours: ours.replaceAll('\\|', '|'),
    }),
  )
}

/** By key: numbers of domains and classes are others. */
async function filesIn({ dsn }: Pick<OldDatabase, 'dsn'>) {
  await using source = await openSource(dsn)
  const files = await readFiles(source, 1, 10_000)
  return files.map(({ fid, dkey, length, devids, hashtype, checksum }) => ({
    fid,
    dkey: dkey.toLowerCase(),
    length,
    devids: devids.toSorted((a, b) => a - b),
    hashtype,
    checksum: checksum?.toLowerCase() ?? '',
  }))
}

test('MogileFS gets back what it gave, and what was stored since', async () => {
  await using world = await oldWorld()
  await using dir = await tempDir()
  await fillFiles(world.old, 1, FILES)
  await world.import()
  await world.finish()
  await world.rows(`with stored as (
      insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select domain_id, 'new', nextval('fid_sequence'), class_id, 3, 'MD5:' || md5('new')
      from class join domain using (domain_id)
      where domain.name = 'pictures' and class.name = 'hashed' returning fid)
    insert into replica select fid, 3 from stored`)

  const path = join(dir.path, 'back')
  const back = new DatabaseSync(path)
  for (const sql of oldSchema('sqlite')) back.exec(sql)
  const statements = await statementsOfReadme()
  assert.deepEqual(
    statements.map(({ table }) => table),
    ['domain', 'class', 'file', 'file_on', 'checksum'],
  )
  for (const { table, columns, ours } of statements) {
    const names = columns.split(', ')
    const [row] = await world.rows<{ given: string }>(
      `select json_agg(json_build_array(${names.map((_, n) => `c${n}`).join(', ')}))::text as given
        from (${ours}) as ours (${names.map((_, n) => `c${n}`).join(', ')})`,
    )
    back.exec(
      `insert into ${table} (${columns}) select ${names
        .map((name, n) => {
          const value = `json_extract(value, '$[${n}]')`
          return name === 'checksum' ? `unhex(substr(${value}, 3))` : value
        })
        .join(', ')} from json_each('${(row?.given ?? '[]').replaceAll("'", "''")}')`,
    )
  }
  back.close()

  const [old, now] = [await filesIn(world.old), await filesIn({ dsn: `sqlite:${path}` })]
  assert.deepEqual(now.slice(0, -1), old)
  const { fid, ...stored } = now.at(-1) ?? assert.fail()
  assert.ok(fid > 100_000_000)
  assert.equal(Buffer.from(stored.dkey, 'hex').toString(), 'new')
  assert.deepEqual([stored.length, stored.devids, stored.hashtype], [3, [3], 1])
})
