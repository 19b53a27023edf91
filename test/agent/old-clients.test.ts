// HTTP as MogileFS's clients and trackers of twenty years speak it to storage nodes.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { ticketInPath, ticketInQuery } from '#shared/ticket-in-path.ts'
import { fileParts } from '../support/file-parts.ts'
import { codeOf, startHost } from './support/host.ts'

const host = fileParts.use(await startHost())

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')

const put = (url: string, body: Uint8Array<ArrayBuffer>, contentMd5: string) =>
  fetch(url, { method: 'PUT', body, headers: { 'content-md5': contentMd5 } })

/** All that is answered to these bytes, until the node ends the connection. */
async function converse(url: string, request: (path: string) => string): Promise<string> {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.setEncoding('latin1')
  let answer = ''
  socket.on('data', (text: string) => {
    answer += text
  })
  socket.write(request(pathname + search), 'latin1')
  await once(socket, 'close')
  return answer
}

const next = { fid: 100 }
const newFid = () => ++next.fid

for (const bytes of [0, 4_096, 300_000])
  test(`${bytes} bytes are held against their Content-MD5, and refused with 400`, async () => {
    const body = randomBytes(bytes)
    const right = await put(host.put(newFid()), body, md5(body))
    assert.equal(right.status, 201)
    for (const wrong of [md5(Buffer.from('other')), 'not base64']) {
      const fid = newFid()
      const refused = await put(host.put(fid), body, wrong)
      assert.deepEqual([refused.status, await codeOf(refused)], [400, 'bad_digest'])
      assert.equal((await fetch(host.get(fid))).status, 404, 'nothing is left of it')
    }
  })

test('HTTP/1.0 stores and fetches without chunks, and the connection ends', async () => {
  const fid = newFid()
  const stored = await converse(
    host.put(fid),
    (path) => `PUT ${path} HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello`,
  )
  assert.match(stored, /^HTTP\/1\.[01] 201 /)
  const fetched = await converse(host.get(fid), (path) => `GET ${path} HTTP/1.0\r\n\r\n`)
  assert.match(fetched, /^HTTP\/1\.[01] 200 /)
  assert.doesNotMatch(fetched, /transfer-encoding/i)
  assert.match(fetched, /content-length: 5\r\n/i)
  assert.ok(fetched.endsWith('\r\n\r\nhello'))
})

async function make(path: string): Promise<number> {
  const answer = await fetch(new URL(path, host.get(1)), { method: 'MKCOL' })
  return answer.status
}

test('a directory that is to be made is there already', async () => {
  for (const path of ['/dev1', '/dev1/0/', '/dev1/0/000', '/dev1/0/000/123/'])
    assert.equal(await make(path), 405, path)
  for (const path of ['/elsewhere', '/dev1/0/000/123/4/']) assert.equal(await make(path), 404, path)
})

test('an empty PUT without a length begins a file in parts, as by Perl', async () => {
  const fid = newFid()
  const url = host.put(fid, { parts: true })
  const begun = await converse(
    url,
    (path) => `PUT ${path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n`,
  )
  assert.match(begun, /^HTTP\/1\.1 202 /)
  const part = { 'content-range': 'bytes 0-4/*' }
  assert.ok((await fetch(url, { method: 'PUT', body: 'hello', headers: part })).ok)
  assert.equal((await fetch(host.get(fid, { bytes: 5 }), { method: 'HEAD' })).status, 200)
})

test('a ticket may stand before the path, for clients who cut a query off', async () => {
  const fid = newFid()
  const contentType = 'text/plain'
  const [toStore, get] = [host.put(fid, { parts: true }), host.get(fid, { contentType })]
  for (const url of [toStore, get]) assert.equal(ticketInQuery(ticketInPath(url)), url)
  assert.doesNotMatch(ticketInPath(toStore).slice('http://'.length), /[^\w,\-./\\: ]/)
  const stored = await fetch(ticketInPath(toStore), { method: 'PUT', body: 'hello' })
  assert.equal(stored.status, 201)
  const fetched = await fetch(ticketInPath(get))
  assert.deepEqual(
    [await fetched.text(), fetched.headers.get('content-type')],
    ['hello', contentType],
  )
  const old = await converse(ticketInPath(get), (path) => `GET ${path} HTTP/1.0\r\n\r\n`)
  assert.ok(old.endsWith('\r\n\r\nhello'))
  const forged = ticketInPath(get).replace(/sig:[^/]*/, 'sig:forged')
  const refused = await fetch(forged)
  assert.deepEqual([refused.status, await codeOf(refused)], [403, 'ticket_invalid'])
  const shown = JSON.stringify(host.events.all)
  assert.doesNotMatch(shown, /sig[:=]/, 'no ticket is logged')
  for (const text of ['/', '/verb:GET', '/verb:GET,until:1', '/verb:GET/dev', 'http://h/verb:a'])
    assert.equal(ticketInPath(ticketInQuery(text)), text)
})

test('mogadm check finds that a node answers, and how full its devices are', async () => {
  const at = new URL(host.get(1)).origin
  assert.equal((await fetch(`${at}/`)).status, 200)
  const usage = await (await fetch(`${at}//dev1/usage`)).text()
  const told = (name: string) => new RegExp(`^${name}: (\\d+)$`, 'm').exec(usage)?.[1] ?? ''
  assert.equal(Number(told('total')), Number(told('used')) + Number(told('available')))
  assert.match(told('time'), /^\d{10}$/)
  assert.equal((await fetch(`${at}/dev99/usage`)).status, 404)
})
