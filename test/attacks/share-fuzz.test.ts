// Any request to an agent's scratch share (WebDAV), and any fields of an upload in parts (tus): an
// answer in words, nothing outside of the share, no half a file, no fault of ours.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { PASSWORD } from '../agent/scratch/support/share.ts'
import { bytesAt, type Host } from '../agent/support/host.ts'
import { tempDir } from '../support/temp-dir.ts'
import { hostileText, tries } from './fuzz.ts'
import { CLOSE, expectInWords, hostWithSecrets } from './guarded-host.ts'
import { answersOf, say, targetOf } from './raw-http.ts'

/** What a client can put into a request line, and into a field. */
const inPath = hostileText.map((text) => text.replaceAll(/[^!-~]/g, '%'))
const inField = hostileText.map((text) => text.replaceAll(/[^\t -\u{ff}]/gu, '').trim())

const davMethod = fc.constantFrom(
  ...'GET PUT DELETE HEAD OPTIONS MKCOL MOVE COPY PROPFIND PROPPATCH LOCK UNLOCK POST PATCH'.split(
    ' ',
  ),
)
const davPath = fc.oneof(inPath, fc.constantFrom('', 'a', 'a/', 'b/c', 'b', '.mog-facts', 'a/../b'))
const davField = fc.oneof(
  fc.tuple(
    fc.constantFrom('depth', 'destination', 'if', 'lock-token', 'timeout', 'overwrite', 'range'),
    inField,
  ),
  fc.constantFrom(
    ['depth', '0'],
    ['depth', '1'],
    ['overwrite', 'F'],
    ['timeout', 'Infinite, Second-4100000000'],
    ['destination', '/scratch/b'],
    ['destination', '/scratch/a/deeper'],
    ['destination', '/scratch/%2e%2e/%2e%2e/secret'],
    ['if', '(<urn:uuid:none>) (Not <DAV:no-lock>)'],
    ['if', `</scratch/a> ${'('.repeat(200)}`],
  ),
)
const LOCK_TYPE = '<locktype><write/></locktype>'
const davBody = fc.oneof(
  hostileText,
  fc.constantFrom(
    '',
    '<propfind xmlns="DAV:"><allprop/></propfind>',
    '<propertyupdate xmlns="DAV:"><set><prop><a xmlns="urn:x">1</a></prop></set></propertyupdate>',
    `<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope>${LOCK_TYPE}</lockinfo>`,
    '<lockinfo xmlns="DAV:"><lockscope/></lockinfo>',
    '<a:b xmlns:a="DAV:"><![CDATA[',
    '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><propfind xmlns="DAV:"/>',
    '&#0;&#x110000;&#xd800;',
  ),
)
type Fields = readonly (readonly string[])[]
const linesOf = (fields: Fields) => fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')

async function expectWords(host: Host, method: string, request: string) {
  const said = await say(host.agent.url, request, CLOSE)
  expectInWords(host, said)
  for (const { status } of answersOf(said, [method])) assert.notEqual(status, 500, request)
}

test('any request to a scratch share is answered in words, and stays in it', async () => {
  await using dir = await tempDir()
  const root = join(dir.path, 'share')
  await using host = await hostWithSecrets({ scratch: { root, password: PASSWORD } })
  const password = `authorization: Bearer ${PASSWORD}\r\n`
  const ask = async (method: string, path: string, fields: Fields, body: string) => {
    const bytes = Buffer.from(body).toString('latin1')
    const head = `${method} /scratch/${path} HTTP/1.1\r\nhost: x\r\n${password}`
    const length = `content-length: ${bytes.length}\r\n`
    await expectWords(host, method, `${head}${linesOf(fields)}${length}\r\n${bytes}`)
  }
  const fields = fc.array(davField, { maxLength: 3 })
  await fc.assert(fc.asyncProperty(davMethod, davPath, fields, davBody, ask), tries(250))
  assert.deepEqual(await readdir(dir.path), ['share'])
  assert.ok((await fetch(`${host.agent.url}/health`)).ok)
})

const partField = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'upload-offset',
      'upload-length',
      'upload-metadata',
      'upload-checksum',
      'upload-concat',
      'content-range',
    ),
    inField,
  ),
  fc.constantFrom(
    ['tus-resumable', '1.0.0'],
    ['tus-resumable', '9'],
    ['content-type', 'application/offset+octet-stream'],
    ['upload-offset', '0'],
    ['upload-offset', '-1'],
    ['upload-offset', '9007199254740993'],
    ['content-range', 'bytes 0-3/8'],
    ['content-range', 'bytes 5-1/9007199254740993'],
    ['upload-checksum', 'sha1 AAAA'],
  ),
)

test('any fields with a ticket to store make a whole file, or none', async () => {
  await using host = await hostWithSecrets()
  let fid = 100
  const method = fc.constantFrom('PATCH', 'PUT', 'HEAD', 'DELETE', 'POST', 'OPTIONS')
  const ask = async (verb: string, fields: Fields, body: string) => {
    fid += 1
    const bytes = Buffer.from(body).toString('latin1')
    const target = targetOf(host.put(fid, { bytes: 8, maxBytes: 8 }))
    const length = `content-length: ${bytes.length}\r\n`
    const head = `${verb} ${target} HTTP/1.1\r\nhost: x\r\n`
    await expectWords(host, verb, `${head}${linesOf(fields)}${length}\r\n${bytes}`)
    const whole = verb === 'PUT' ? [8, bytes.length] : [8] // a PUT may be one of its own length
    const { length: stored = 8 } = (await bytesAt(host.fileOf(fid))) ?? {}
    assert.ok(whole.includes(stored), `${stored}: ${head}`)
  }
  const fields = fc.array(partField, { maxLength: 5 })
  const body = fc.oneof(hostileText, fc.constantFrom('12345678', '1234', '123456789'))
  await fc.assert(fc.asyncProperty(method, fields, body, ask), tries(250))
})
