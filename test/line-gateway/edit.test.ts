// Editing, as the Perl client does it: edit_file, a MOVE at the node, fileParts with Content-Range,
// reads in between, and a close.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileParts } from '../support/file-parts.ts'
import { localCluster } from '../support/local-cluster.ts'
import { lineTo } from './gateway.ts'

const cluster = fileParts.use(await localCluster({ hosts: 4, devicesPerHost: 1 }))
const { line } = await lineTo(fileParts, cluster.description)
const domain = 'demo'
const url = (path: string | undefined) => path ?? assert.fail('no path')

type Edit = Record<string, string>

/** As with `largefile`: an empty PUT, then fileParts whose end nobody knows. */
async function storeInParts(key: string, body: string): Promise<void> {
  const open = await line.ok('create_open', { domain, key, multi_dest: 1 })
  const [devid, path, fid] = [open['devid_1'], open['path_1'], open['fid']]
  assert.ok((await fetch(url(path), { method: 'PUT', headers: { 'content-length': '0' } })).ok)
  await write({ newpath: url(path) }, 0, body)
  await line.ok('create_close', { domain, key, fid, devid, path, size: body.length })
}

async function begin(key: string): Promise<Edit> {
  const edit = await line.ok('edit_file', { domain, key })
  const moved = await fetch(url(edit['oldpath']), {
    method: 'MOVE',
    headers: { destination: url(edit['newpath']) },
  })
  assert.equal(moved.status, 201)
  return edit
}

async function write(edit: Edit, start: number, text: string): Promise<void> {
  const headers = { 'content-range': `bytes ${start}-${start + text.length - 1}/*` }
  const answer = await fetch(url(edit['newpath']), { method: 'PUT', body: text, headers })
  assert.ok(answer.ok, await answer.text())
}

const close = ({ fid, devid, newpath }: Edit, key: string, size: number) =>
  line.ask('create_close', { domain, key, fid, devid, path: newpath, size })

async function contents(key: string): Promise<string> {
  const { path1 } = await line.ok('get_paths', { domain, key })
  return (await fetch(url(path1))).text()
}

const TEXT = '0123456789'.repeat(10)

test('a file is appended to, changed in its middle, and written anew', async () => {
  const key = 'edited "k"'
  await storeInParts(key, TEXT)
  const first = await line.ok('file_info', { domain, key })
  const append = await begin(key)
  assert.deepEqual(Object.keys(append), ['oldpath', 'newpath', 'fid', 'devid', 'class'])
  assert.notEqual(append['fid'], first['fid'])
  assert.equal(append['class'], 'default')
  const head = await fetch(url(append['newpath']), { method: 'HEAD' })
  assert.equal(head.headers.get('content-length'), '100')
  await write(append, 100, TEXT)
  assert.equal(await contents(key), TEXT, 'nobody else sees an edit before its close')
  assert.equal((await close(append, key, 200)).code, undefined)
  assert.equal(await contents(key), TEXT + TEXT)

  const within = await begin(key)
  await write(within, 2, 'XY')
  const range = { headers: { range: 'bytes=0-5' } }
  const read = await fetch(url(within['newpath']), range)
  assert.deepEqual([read.status, await read.text()], [206, '01XY45'])
  const past = await fetch(url(within['newpath']), { headers: { range: 'bytes=200-209' } })
  assert.equal(past.status, 416)
  await past.body?.cancel()
  assert.equal((await close(within, key, 200)).code, undefined)
  assert.equal((await contents(key)).slice(0, 6), '01XY45')

  const anew = await begin(key)
  await fetch(url(anew['newpath']), { method: 'PUT', headers: { 'content-length': '0' } })
  await write(anew, 0, 'short')
  assert.equal((await close(anew, key, 5)).code, undefined)
  assert.equal(await contents(key), 'short')
})

test('of two who edit one file the second is told so, and the first one stays', async () => {
  await storeInParts('both', TEXT)
  const [one, two] = await Promise.all([begin('both'), begin('both')])
  await Promise.all([write(one, 0, 'A'), write(two, 0, 'B')])
  const answers = await Promise.all([close(one, 'both', 100), close(two, 'both', 100)])
  const refused = answers.filter(({ code }) => code !== undefined)
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['failure'],
  )
  const winner = answers[0].code === undefined ? 'A' : 'B'
  assert.equal(await contents('both'), winner + TEXT.slice(1))
})

test('an edit that is not closed changes nothing, and one of no file is refused', async () => {
  await storeInParts('left', TEXT)
  await write(await begin('left'), 0, 'never')
  assert.equal(await contents('left'), TEXT)
  assert.equal(await line.refusal('edit_file', { domain, key: 'nothing' }), 'unknown_key')
  assert.equal(await line.refusal('edit_file', { domain }), 'no_key')
  assert.equal(await line.refusal('edit_file', { domain: 'nowhere', key: 'k' }), 'unreg_domain')
})

test('a file keeps its class, its type and its metadata through an edit', async () => {
  const told = { class: 'thumb', contentType: 'text/plain', metadata: { camera: 'X100' } }
  await cluster.files.put('described', TEXT, told)
  const edit = await begin('described')
  await write(edit, 0, '!')
  assert.equal((await close(edit, 'described', 100)).code, undefined)
  const found = await cluster.files.stat('described')
  assert.deepEqual(
    { class: found.class, contentType: found.contentType, metadata: found.metadata },
    told,
  )
})
