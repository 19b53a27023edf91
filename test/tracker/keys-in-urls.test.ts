// Keys are any text of 1 to 1,024 bytes but NUL. In a path they are percent-encoded and decoded
// once; the twin with `?key=` takes those too that URL parsers fold.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileDetail, FileList } from '#shared/wire/files.ts'
import { trackerWorld } from '../support/world.ts'

const demo = '/v1/domains/demo'
const EURO = '€' // three bytes

const keys: Record<string, string> = {
  'one letter': 'a',
  'a space': 'with space',
  slashes: 'a/b/c.txt',
  'a slash first': '/a',
  'a slash last': 'a/',
  'two slashes together': 'a//b',
  'nothing but slashes': '//',
  'a percent sign': '100%',
  'what looks like an encoded slash': 'a%2Fb',
  'what looks like an encoded percent sign': '%25',
  'letters of other scripts': 'ключ/鍵/é',
  'letters beyond 16 bits': '😀/🗝️',
  'an unassigned code point': '\u{10ffff}',
  'a question mark and a hash': 'a?b=c#d',
  'a plus and an ampersand': 'a+b&c=d',
  'a backslash': 'a\\b',
  quotes: `it's "so"`,
  'a colon and an at sign': 'http://user:pass@host/',
  'a line break': 'line\nbreak',
  'a carriage return, a tab and a bell': '\r\t\u0007',
  'a line separator': 'a\u2028b\u2029c',
  'three dots': '...',
  'the name of a verb': 'close',
  '1,024 bytes of one each': 'x'.repeat(1_024),
  '1,024 bytes of three each': `${EURO.repeat(341)}x`,
}

/** URL parsers take these for steps in a tree, encoded or not. */
const folded: Record<string, string> = {
  'one dot': '.',
  'two dots': '..',
  'a way up inside': 'a/../b',
  'a way up at the end': 'a/b/..',
}

const isFolded = (says: string) => Object.hasOwn(folded, says)
const withSlashes = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/')

test('a file is stored, seen and deleted under a key with', async (t) => {
  await using world = await trackerWorld({ hosts: 2 })
  for (const [says, key] of Object.entries({ ...keys, ...folded }))
    await t.test(says, async () => {
      await world.put(key)
      const twin = `?key=${encodeURIComponent(key)}`
      const ends = [`/${withSlashes(key)}`, `/${encodeURIComponent(key)}`, twin]
      for (const end of isFolded(says) ? [twin] : ends) {
        const info = await world.ask(FileDetail, 'GET', `${demo}/info${end}`)
        assert.equal(info.key, key, end)
        assert.equal((await world.call('GET', `${demo}/paths${end}`)).status, 200, end)
        const stat = await world.call(
          'HEAD',
          `${demo}/${end.startsWith('?') ? 'file' : 'files'}${end}`,
        )
        assert.equal(stat.headers.get('mog-fid'), String(info.fid), end)
      }
      const listed = await world.ask(FileList, 'GET', `${demo}/files`)
      assert.deepEqual(
        listed.files.map((file) => file.key),
        [key],
      )
      const path = isFolded(says) ? `file${twin}` : `files/${withSlashes(key)}`
      assert.equal((await world.call('DELETE', `${demo}/${path}`)).status, 200)
      assert.equal((await world.call('GET', `${demo}/info${twin}`)).code, 'unknown_key')
    })
})

test('a one-step put and a change find the same key in the URL', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  for (const [says, key] of Object.entries(keys)) {
    const put = await world.call('PUT', `${demo}/files/${withSlashes(key)}`, { body: 'x' })
    assert.equal(put.status, 307, says)
    const [upload] = await world.sql('delete from upload returning key')
    assert.deepEqual(upload, { key }, says)
  }
  await world.put('100%')
  const renamed = await world.call('PATCH', `${demo}/files/100%25`, { json: { key: 'a\nb' } })
  assert.equal(renamed.status, 200)
  assert.equal((await world.call('GET', `${demo}/info/a%0Ab`)).status, 200)
})

test('a key that is none is refused as that, wherever it stands', async (t) => {
  await using world = await trackerWorld({ hosts: 1 })
  const refused: Record<string, string> = {
    'no character': '/',
    'a NUL': '/a%00b',
    '1,025 bytes': `/${'x'.repeat(1_025)}`,
    '1,025 bytes in 342 letters': `/${encodeURIComponent(EURO.repeat(342).slice(0, 341))}xx`,
    'a lone percent sign': '/100%',
    'a percent sign before other letters': '/%zz',
    'a percent sign cut short': '/a%2',
    'bytes that are not UTF-8': '/%ff%fe',
    'half of a surrogate pair': '/%ED%A0%80',
    'no key in the query': '?',
    'an empty key in the query': '?key=',
    'a NUL in the query': '?key=a%00b',
    'bytes in the query that are not UTF-8': '?key=%E9',
    'a lone percent sign in the query': '?key=100%',
    '1,025 bytes in the query': `?key=${'x'.repeat(1_025)}`,
  }
  for (const [says, end] of Object.entries(refused))
    await t.test(says, async () => {
      for (const noun of ['info', 'paths'])
        assert.equal((await world.call('GET', `${demo}/${noun}${end}`)).code, 'invalid_key')
      const noun = end.startsWith('?') ? 'file' : 'files'
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'] as const)
        assert.equal((await world.call(method, `${demo}/${noun}${end}`)).code, 'invalid_key')
    })
})

test('a key that is none is refused in a body too', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a')
  for (const key of ['', 'a\0b', '\ud800', 'x'.repeat(1_025), `${EURO.repeat(341)}xx`]) {
    const open = await world.call('POST', `${demo}/uploads`, { json: { key } })
    assert.equal(open.code, 'invalid_key')
    const rename = await world.call('PATCH', `${demo}/files/a`, { json: { key } })
    assert.equal(rename.code, 'invalid_key')
  }
})

test('domains have names of any script, percent-encoded like keys', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  for (const name of ['фото', 'a b', 'a/b', '50%', '%2F', 'line\nbreak', '?#']) {
    assert.equal((await world.call('POST', '/v1/admin/domains', { json: { name } })).status, 201)
    const path = `/v1/domains/${encodeURIComponent(name)}`
    const opened = await world.call('POST', `${path}/uploads`, { json: { key: 'k' } })
    assert.equal(opened.status, 201, name)
    assert.equal((await world.call('GET', `${path}/files`)).status, 200, name)
    assert.equal((await world.call('GET', `${path}/info/k`)).code, 'unknown_key', name)
    const gone = await world.call('DELETE', `/v1/admin/domains/${encodeURIComponent(name)}`)
    assert.equal(gone.status, 204, name)
  }
})
