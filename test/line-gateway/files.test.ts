// Files as MogileFS's own clients store and fetch them: over the line protocol, and by plain HTTP
// at the paths as they were given.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fileParts } from '../support/file-parts.ts'
import type { LineClient } from '../support/line-client.ts'
import { localCluster } from '../support/local-cluster.ts'
import { lineTo } from './gateway.ts'

const cluster = fileParts.use(await localCluster({ devicesPerHost: 1 }))
const { line } = await lineTo(fileParts, cluster.description)
const domain = 'demo'

const putTo = (path: string | undefined, body: string) => fetch(path ?? '', { method: 'PUT', body })

/** As new_file of the clients: several destinations, PUT to the first, close. */
async function store(client: LineClient, key: string, body: string, args: object = {}) {
  const open = await client.ok('create_open', { domain, key, multi_dest: 1, ...args })
  const [devid, path] = [open['devid_1'], open['path_1']]
  assert.equal((await putTo(path, body)).status, 201)
  const close = { domain, key, fid: open['fid'], devid, path, size: Buffer.byteLength(body) }
  return { open, close }
}

test('a file that is stored by lines is read, listed, renamed and deleted', async () => {
  const { open, close } = await store(line, 'a/ä b', 'hello', { size: 5 })
  assert.equal(open['dev_count'], '3')
  const hosts = [1, 2, 3].map((nr) => new URL(open[`path_${nr}`] ?? '').origin)
  assert.equal(new Set(hosts).size, 3, 'every destination on its own host')
  assert.deepEqual(await line.ok('create_close', close), {})

  const paths = await line.ok('get_paths', { domain, key: 'a/ä b' })
  const response = await fetch(paths['path1'] ?? '')
  assert.equal(await response.text(), 'hello')
  const info = await line.ok('file_info', { domain, key: 'a/ä b', devices: 1 })
  assert.deepEqual(
    [info['fid'], info['domain'], info['class'], info['key'], info['length']],
    [open['fid'], 'demo', 'default', 'a/ä b', '5'],
  )
  assert.match(info['devids'] ?? '', /^\d+(,\d+)*$/)

  assert.deepEqual(await line.ok('rename', { domain, from_key: 'a/ä b', to_key: 'a/c' }), {})
  assert.deepEqual(await line.ok('updateclass', { domain, key: 'a/c', class: 'thumb' }), {})
  const listed = await line.ok('list_keys', { domain, prefix: 'a/' })
  assert.deepEqual(await line.ok('list_keys', { domain, prefix: 'a/', after: 0 }), listed)
  assert.deepEqual(listed, { key_count: '1', key_1: 'a/c', next_after: 'a/c' })
  const all = { domain, prefix: 'a/', after: 0, limit: 9_999_999 } // as a client of Node says it
  assert.deepEqual(await line.ok('list_keys', all), listed)
  assert.deepEqual(await line.ok('delete', { domain, key: 'a/c' }), {})
  assert.equal(await line.refusal('get_paths', { domain, key: 'a/c' }), 'unknown_key')
})

test('with one destination the device and its path stand alone', async () => {
  const open = await line.ok('create_open', { domain, key: 'one' })
  assert.deepEqual(Object.keys(open), ['fid', 'devid', 'path'])
  assert.ok((await putTo(open['path'], '')).ok)
  await line.ok('create_close', { domain, key: 'one', ...open })
  const { length } = await line.ok('file_info', { domain, key: 'one' })
  assert.equal(length, '0')
})

test('a file may get its key, or another one, when it is closed', async () => {
  const nameless = await line.ok('create_open', { domain })
  await putTo(nameless['path'], 'x')
  await line.ok('create_close', { domain, key: 'late', ...nameless })
  const { close } = await store(line, 'early', 'y')
  await line.ok('create_close', { ...close, key: 'other' })
  const { key_count: count } = await line.ok('list_keys', { domain, prefix: 'other' })
  assert.equal(count, '1')
  assert.equal(await line.refusal('file_info', { domain, key: 'early' }), 'unknown_key')
})

test('a close that is refused gives the upload up, and a second close finds none', async () => {
  const wrong = await store(line, 'wrong', 'four')
  assert.equal(await line.refusal('create_close', { ...wrong.close, size: 5 }), 'size_mismatch')
  assert.equal(await line.refusal('create_close', wrong.close), 'no_temp_file')

  const right = await store(line, 'right', 'four')
  await line.ok('create_close', right.close)
  assert.equal(await line.refusal('create_close', right.close), 'no_temp_file')
  assert.equal((await line.ok('file_info', { domain, key: 'right' }))['fid'], right.open['fid'])
})

test('an upload that is closed without a key is discarded', async () => {
  const { close } = await store(line, 'never', 'x')
  assert.deepEqual(await line.ok('create_close', { ...close, key: '' }), {})
  assert.equal(await line.refusal('create_close', close), 'no_temp_file')
})

test('a close names the path, and no other, at which the file was stored', async () => {
  const { open, close } = await store(line, 'p', 'x')
  const bogus = async (path: string | undefined) => line.refusal('create_close', { ...close, path })
  assert.equal(await bogus('http://127.0.0.1:1/elsewhere'), 'bogus_args')
  assert.equal(await bogus(open['path_2']), 'bogus_args')
  assert.equal(await bogus('no url'), 'bogus_args')
  assert.equal(await bogus(`${open['path_1']}&${'x'.repeat(3_000)}`), 'bogus_args')
  assert.equal(await bogus(''), 'no_path')
  const bare = String(open['path_1']).replace(/verb:[^/]*\//, '')
  await line.ok('create_close', { ...close, path: bare })
})

test('a close of what was never sent is refused, and not for its size', async () => {
  const open = await line.ok('create_open', { domain, key: 'unsent' })
  const close = { domain, key: 'unsent', ...open, size: 3 }
  assert.equal(await line.refusal('create_close', close), 'size_verify_error')
})

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

test('a checksum is verified where that is asked for, of whatever kind', async () => {
  const sums = {
    'MD5:no': 'invalid_checksum_format',
    [`MD5:${md5('other')}`]: 'checksum_mismatch',
  }
  for (const [checksum, code] of Object.entries(sums)) {
    const { close } = await store(line, 'sum', 'bytes')
    const asked = { ...close, checksum, checksumverify: 1 }
    assert.equal(await line.refusal('create_close', asked), code)
  }
  const { close } = await store(line, 'sum', 'bytes')
  await line.ok('create_close', { ...close, checksum: `MD5:${md5('bytes')}`, checksumverify: 1 })
  const { checksum } = await line.ok('file_info', { domain, key: 'sum' })
  assert.match(checksum ?? '', /^SHA-256:/)
})

test('what is missing or unknown has the code that MogileFS has for it', async () => {
  const close = { domain, key: 'k', fid: 1, devid: 1, path: 'http://x/' }
  const refused: [string, object, string][] = [
    ['create_open', { key: 'k' }, 'no_domain'],
    ['create_open', { domain: 'nowhere', key: 'k' }, 'unreg_domain'],
    ['create_open', { domain, key: 'k', class: 'nothing' }, 'unreg_class'],
    ['create_open', { domain, key: 'k'.repeat(1_025) }, 'db'],
    ['create_open', { domain, key: 'k', fid: 7 }, 'fid_in_use'],
    ['create_open', { domain, key: 'k', size: '9'.repeat(15) }, 'no_devices'],
    ['create_close', { ...close, fid: undefined }, 'no_fid'],
    ['create_close', { ...close, devid: '' }, 'no_devid'],
    ['create_close', { ...close, path: undefined }, 'no_path'],
    ['get_paths', { domain }, 'no_key'],
    ['get_paths', { domain: 'nowhere' }, 'unreg_domain'],
    ['get_paths', { domain, key: 'nothing' }, 'unknown_key'],
    ['delete', { domain }, 'no_key'],
    ['delete', { domain, key: 'nothing' }, 'unknown_key'],
    ['rename', { domain, from_key: 'nothing', to_key: 'b' }, 'unknown_key'],
    ['rename', { domain, from_key: 'nothing' }, 'no_key'],
    ['updateclass', { domain, key: 'nothing', class: 'thumb' }, 'invalid_key'],
    ['updateclass', { domain, key: 'nothing' }, 'no_class'],
    ['file_info', { domain, key: 'nothing' }, 'unknown_key'],
    ['list_keys', { domain, prefix: 'nothing' }, 'none_match'],
    ['list_keys', { domain, prefix: 'a', after: 'b' }, 'after_mismatch'],
    ['list_keys', { domain, limit: -1 }, 'failure'],
    ['updateclass', { key: 'a' }, 'no_domain'],
    ['updateclass', { domain: 'nowhere', key: 'a' }, 'unreg_domain'],
    ['updateclass', { domain, key: 'a' }, 'no_class'],
    ['no_such_thing', {}, 'unknown_command'],
    ['plugin_none', {}, 'unknown_command'],
  ]
  for (const [command, args, code] of refused)
    assert.equal(
      await line.refusal(command, { ...args }),
      code,
      `${command} ${JSON.stringify(args)}`,
    )
})

test('a path needs no decoding, and keeps its ticket where a query is cut off', async () => {
  line.send(`create_open domain=${domain}&key=raw\r\n`)
  const fields = String(await line.line()).slice('OK '.length)
  const raw = new Map(fields.split('&').map((field) => [field.slice(0, field.indexOf('=')), field]))
  const [fid, devid, path] = ['fid', 'devid', 'path'].map(
    (name) => raw.get(name)?.slice(name.length + 1) ?? assert.fail(name),
  )
  const { origin, port, pathname } = new URL(String(path))
  assert.equal(path, origin + pathname)
  assert.notEqual(port, '', 'the Perl client takes no URL without a port')
  assert.equal((await putTo(path, 'raw')).status, 201)
  await line.ok('create_close', { domain, key: 'raw', fid, devid, path, size: 3 })
})

test('what mogtool makes of a big file are keys like others', async () => {
  const keys = ['_big_pre:disk.img', 'disk.img,1', 'disk.img,2', '_big_info:disk.img']
  for (const key of keys) {
    const { close } = await store(line, key, key, { size: key.length })
    await line.ok('create_close', close)
  }
  await line.ok('delete', { domain, key: '_big_pre:disk.img' })
  const list = await line.ok('list_keys', { domain, prefix: '_big_info:', after: '', limit: 1_000 })
  assert.deepEqual(list, { key_count: '1', key_1: keys[3], next_after: keys[3] })
  for (const key of keys.slice(1)) {
    const paths = await line.ok('get_paths', { domain, key, noverify: 1 })
    assert.equal(await (await fetch(paths['path1'] ?? '')).text(), key)
  }
})

test('a chunked body of any length is a file, as by Java', async () => {
  const open = await line.ok('create_open', { domain, key: 'chunked', multi_dest: 1 })
  const [devid, path, fid] = [open['devid_1'], open['path_1'] ?? '', open['fid']]
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let nr = 0; nr < 50; nr++) controller.enqueue(new Uint8Array(4_096))
      controller.close()
    },
  })
  const stored = await fetch(path, { method: 'PUT', body, duplex: 'half' })
  assert.equal(stored.status, 201)
  await line.ok('create_close', { domain, key: 'chunked', fid, devid, path, size: 50 * 4_096 })
  assert.equal((await line.ok('file_info', { domain, key: 'chunked' }))['length'], '204800')
})

test('what a refusal says names nothing that the client named, and no other code', async () => {
  const named = { domain, key: 'none_match', class: 'unknown_key' }
  const { code, text } = await line.ask('create_open', named)
  assert.equal(code, 'unreg_class')
  assert.doesNotMatch(text, /unknown_key|none_match/)
})

test('a rename onto a key that is taken is refused once', async () => {
  for (const key of ['from', 'to']) {
    const { close } = await store(line, key, key)
    await line.ok('create_close', close)
  }
  assert.equal(
    await line.refusal('rename', { domain, from_key: 'from', to_key: 'to' }),
    'key_exists',
  )
  assert.deepEqual(await line.ok('noop'), {}, 'and nothing else was answered')
})
