// Listing keys in byte order, whole or in groups up to a delimiter (MogileFS Q07).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileList } from '#shared/wire/files.ts'
import { seededRandom } from '../placement/device.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

interface Listing {
  prefix?: string
  delimiter?: string
  after?: string
  limit?: number
}

function list(world: World, query: Listing): Promise<FileList> {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) text.set(name, String(value))
  return world.ask(FileList, 'GET', `/v1/domains/demo/files?${text.toString()}`)
}

/** All pages of a listing, as the names of its files and groups. Groups are marked. */
async function listAll(world: World, query: Listing): Promise<string[]> {
  const names: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: FileList = await list(world, { ...query, after })
    const files = page.files.map(({ key }) => key)
    const groups = page.prefixes.map((name) => `${name} (group)`)
    assert.ok(files.length + groups.length <= (query.limit ?? 1_000))
    names.push(...[...files, ...groups].toSorted(bytewise))
    assert.notEqual(page.nextAfter, after, 'a page goes on')
    after = page.nextAfter
  }
  return names
}

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What a listing must name, worked out in the plainest way. */
function namesOf(keys: readonly string[], { prefix = '', delimiter = '' }: Listing): string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      return cut < 0 ? key : `${key.slice(0, cut + delimiter.length)} (group)`
    })
  return [...new Set(names)].toSorted(bytewise)
}

/** Files of those keys, without the trouble of storing them. */
async function seed(world: World, keys: readonly string[], domain = 'demo'): Promise<void> {
  await world.sql(
    `insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select domain_id, key, nextval('fid_sequence'), class_id, 1, 'SHA-256:' || repeat('0', 64)
      from class join domain using (domain_id), unnest($1::text[]) as key
      where class.name = 'default' and domain.name = $2`,
    keys,
    domain,
  )
}

test('keys come in byte order, each with what is known of it', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await seed(world, ['b', 'a', 'B', 'é', 'z', 'a/b', '10', '9'])
  await world.put('c', 'see', { contentType: 'text/plain', metadata: { x: 'y' }, class: 'thumb' })
  const { files, prefixes, nextAfter } = await list(world, {})
  assert.deepEqual(
    files.map(({ key }) => key),
    ['10', '9', 'B', 'a', 'a/b', 'b', 'c', 'z', 'é'],
  )
  assert.deepEqual([prefixes, nextAfter], [[], null])
  const file = files.find(({ key }) => key === 'c')
  assert.deepEqual(
    [file?.class, file?.bytes, file?.contentType, file?.metadata],
    ['thumb', 3, 'text/plain', { x: 'y' }],
  )
})

test('groups are named once, files beside them are whole', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await seed(world, ['a', 'a/1', 'a/2', 'a/b/3', 'b/', 'b/x', 'c//', 'd'])
  const { files, prefixes } = await list(world, { delimiter: '/' })
  assert.deepEqual(
    files.map(({ key }) => key),
    ['a', 'd'],
  )
  assert.deepEqual(prefixes, ['a/', 'b/', 'c/'])
  const inside = await list(world, { delimiter: '/', prefix: 'a/' })
  assert.deepEqual(
    [inside.files.map(({ key }) => key), inside.prefixes],
    [['a/1', 'a/2'], ['a/b/']],
  )
})

test('a listing without a result is an empty one, in an unknown domain it is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const empty = { files: [], prefixes: [], nextAfter: null }
  assert.deepEqual(await list(world, {}), empty)
  assert.deepEqual(await list(world, { prefix: 'x', delimiter: '/' }), empty)
  assert.equal((await world.call('GET', '/v1/domains/nowhere/files')).code, 'unreg_domain')
})

test('the last page says that it is the last, also when it is full', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await seed(world, ['a', 'b/1', 'b/2', 'c'])
  assert.equal((await list(world, { limit: 4 })).nextAfter, null)
  assert.equal((await list(world, { limit: 3 })).nextAfter, 'b/2')
  assert.equal((await list(world, { limit: 3, delimiter: '/' })).nextAfter, null)
  assert.equal((await list(world, { limit: 2, delimiter: '/' })).nextAfter, 'b/')
})

test('what asks for nothing that can be listed is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await seed(world, ['a'])
  const refused: readonly [query: string, code: string][] = [
    ['prefix=b&after=a', 'after_mismatch'],
    ['limit=0', 'invalid_request'],
    ['limit=1001', 'invalid_request'],
    ['limit=-1', 'invalid_request'],
    ['limit=x', 'invalid_request'],
    ['limit=1.5', 'invalid_request'],
    [`delimiter=${'x'.repeat(17)}`, 'invalid_request'],
    [`delimiter=${encodeURIComponent('\u{10ffff}')}`, 'invalid_request'],
    ['prefix=%00', 'invalid_request'],
    ['after=%00', 'invalid_request'],
    ['delimiter=%00', 'invalid_request'],
  ]
  for (const [query, code] of refused)
    assert.equal((await world.call('GET', `/v1/domains/demo/files?${query}`)).code, code, query)
})

test('characters that mean something to a database mean nothing in a prefix', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const keys = ['a%b', 'a_b', 'axb', 'a\\b', 'a(b', "a'b", 'A%b', '%', '\\']
  await seed(world, keys)
  for (const prefix of ['a%', 'a_', 'a\\', 'a(', "a'", '%', '\\', 'A'])
    assert.deepEqual(await listAll(world, { prefix }), namesOf(keys, { prefix }), prefix)
})

test('an `after` inside of a group goes on behind the group', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await seed(world, ['a/1', 'a/2', 'b'])
  const page = await list(world, { delimiter: '/', after: 'a/1' })
  assert.deepEqual([page.prefixes, page.files.map(({ key }) => key)], [[], ['b']])
})

test('paging to the end names every file and every group exactly once, in order', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const random = seededRandom(2026)
  const letters = ['a', 'b', '/', '-', '%', '\\', 'é', '\ud7ff', '\ue000', '😀', '\u{10ffff}', '\t']
  const some = (most: number) =>
    Array.from(
      { length: Math.ceil(random() * most) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('')
  const keys = [...new Set(Array.from({ length: 120 }, () => some(7)))]
  await seed(world, keys)

  const delimiters = ['', '/', '-', '//', '😀', 'é', '-/', '\ud7ff', '\u{10ffff}a']
  const listings = Array.from({ length: 30 }, () => ({
    prefix: random() < 0.3 ? '' : some(2),
    delimiter: delimiters[Math.floor(random() * delimiters.length)] ?? '',
    limit: 1 + Math.floor(random() * 20),
  }))
  for (const delimiter of delimiters)
    listings.push({ prefix: '', delimiter, limit: 3 }, { prefix: '😀', delimiter, limit: 1 })
  let named = 0
  for (const query of listings) {
    const expected = namesOf(keys, query)
    assert.deepEqual(await listAll(world, query), expected, JSON.stringify(query))
    named += expected.length
  }
  assert.ok(named > 1_000, `only ${named} names were listed`)
})
