// A page of a listing costs what it shows, however many files are before, behind and between: with
// the plan for its values, and with the one that PostgreSQL keeps for all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { DomainName } from '#shared/ids.ts'
import { NewDomain } from '#shared/wire/admin.ts'
import { END_OF_KEYS, listFiles, listGroups } from '#tracker/db/files.ts'
import { trackerWorld } from '../support/world.ts'
import { blocksTouched, costOf, planModes } from './blocks-touched.ts'

const FILES = 20_000
/** Of 8 kB. The index over all files here has about 300, the table 500. */
const FEW_BLOCKS = 100

test('a page costs what it shows, in the last of many large domains too', async (t) => {
  await using world = await trackerWorld({ hosts: 1 })
  for (const name of ['second', 'third'])
    await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name } })
  await world.sql(
    `insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select domain_id, 'many/' || n, nextval('fid_sequence'), class_id, 1, 'SHA-256:00'
      from class, generate_series(1, $1::int) as n where name = 'default'`,
    FILES,
  )
  await world.sql('vacuum analyze file')
  const client = new pg.Client({ connectionString: world.databaseUrl })
  await client.connect()
  await using stack = new AsyncDisposableStack()
  stack.defer(() => client.end())

  const domain = DomainName.parse('third')
  const whole = { prefix: '', from: '', fromExclusive: false, to: END_OF_KEYS, limit: 10 }
  const few = { ...whole, prefix: 'many/77', from: 'many/7777', to: 'many/7778' }
  const pages = {
    'the first page': listFiles(domain, whole),
    'the few keys with a prefix': listFiles(domain, few),
    'a group of all': listGroups(domain, whole, '/', '0'),
    'groups below a prefix': listGroups(domain, few, '7', '8'),
  }
  for (const mode of planModes)
    for (const [says, page] of Object.entries(pages))
      await t.test(`${says}, ${mode.replaceAll('_', ' ')}`, async () => {
        const blocks = await blocksTouched(client, mode, page)
        assert.ok(blocks < FEW_BLOCKS, `${blocks} blocks`)
      })
})

const from = (key: string) => ({ prefix: '', from: key, fromExclusive: false, to: END_OF_KEYS })

const MANY = 100_000
const GROUPS = 1_000

test('a page of groups costs a look-up each, however many keys are in them', async (t) => {
  await using world = await trackerWorld({ hosts: 1 })
  // a thousand groups of fifty keys, one of fifty thousand before them, and one behind
  await world.sql(
    `insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select 1, case when n <= $1::int / 2 then 'a/' || n else
          'group ' || lpad((n % $2::int)::text, 4, '0') || '/deep/' || n end,
        nextval('fid_sequence'), 1, 1, 'none'
      from generate_series(1, $1::int) as n`,
    MANY,
    GROUPS,
  )
  await world.sql('vacuum analyze file')
  const client = new pg.Client({ connectionString: world.databaseUrl })
  await client.connect()
  await using stack = new AsyncDisposableStack()
  stack.defer(() => client.end())

  const domain = DomainName.parse('demo')
  const pages = {
    'behind the large group': { ...from(''), limit: 101 },
    'in the midst of the groups': { ...from('group 0500/'), limit: 101 },
    'one entry': { ...from('a/4'), limit: 1 },
    'within a group': { ...from('group 0001/'), prefix: 'group 0001/', limit: 101 },
  }
  for (const mode of planModes)
    for (const [says, page] of Object.entries(pages))
      await t.test(`${says}, ${mode.replaceAll('_', ' ')}`, async () => {
        const { blocks, rows } = await costOf(client, mode, listGroups(domain, page, '/', '0'))
        assert.ok(rows <= 3 * page.limit, `${rows} rows for ${page.limit} entries`)
        assert.ok(blocks <= 20 + 6 * page.limit, `${blocks} blocks for ${page.limit} entries`)
      })
})
