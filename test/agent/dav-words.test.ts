// The words of WebDAV: its XML and its If header, from whatever anybody sends; and long answers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { listHolds, parseIf } from '#agent/dav/if-header.ts'
import { sendMultistatus } from '#agent/dav/multistatus.ts'
import { type Element, parseXml } from '#agent/dav/xml-parse.ts'
import { renderElement } from '#agent/dav/xml-render.ts'
import { Problem } from '#shared/problems.ts'

const isRefused = (error: unknown) => error instanceof Problem && error.entry.status === 400

test('an element is rendered so that it means the same anywhere', () => {
  const written =
    '<?xml version="1.0"?><!-- hello -->' +
    '<p:a xmlns:p="urn:p" xmlns="urn:d" xml:lang="de" p:x="1&quot;">' +
    't &amp; &#x1f600;<![CDATA[<raw>]]><b><c xmlns=""/></b></p:a> '
  const rendered = renderElement(parseXml(written))
  assert.equal(
    rendered,
    '<a xmlns="urn:p" xml:lang="de" xmlns:a1="urn:p" a1:x="1&#34;">' +
      't &#38; \u{1f600}&#60;raw&#62;<b xmlns="urn:d"><c xmlns=""/></b></a>',
  )
  assert.equal(renderElement(parseXml(rendered)), rendered)
})

test('a prefix means what the nearest element says, and nothing outside of it', () => {
  const names = '<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"/><p:c xmlns:q="urn:3"><p:d/></p:c></p:a>'
  const spaces = ({ ns, children }: Element): string[] => [
    ns,
    ...children.flatMap((child) => (typeof child === 'string' ? [] : spaces(child))),
  ]
  assert.deepEqual(spaces(parseXml(names)), ['urn:1', 'urn:2', 'urn:1', 'urn:1'])
  assert.throws(() => parseXml('<a><b xmlns:p="urn:p"/><p:c/></a>'), isRefused)
})

test('what is not XML, or more than we want of it, is refused', () => {
  for (const text of [
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><a/>',
    '<a b="1" b="2"/>',
    '<a b=1/>',
    '<a b="<"/>',
    '<a>&nbsp;</a>',
    '<a>& </a>',
    '<a>&#0;</a>',
    '<a>&#x110000;</a>',
    '<a>\u0001</a>',
    '<p:a/>',
    '<a xmlns:p=""/>',
    '<a xmlns:xmlns="urn:x"/>',
    '<!DOCTYPE a><a/>',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    '<a>'.repeat(33) + '</a>'.repeat(33),
  ])
    assert.throws(() => parseXml(text), isRefused, text)
})

test('an If header holds where one of its lists does', () => {
  const state = { tokens: ['urn:t'], etag: '"e"' }
  const holds = (text: string) => parseIf(text).some((list) => listHolds(list, state))
  for (const text of [
    '(<urn:t>)',
    '(<urn:t> ["e"])',
    '(<urn:other>)(Not <urn:other>)',
    '<http://h/scratch/a> (["e"])',
    '( Not <DAV:no-lock> )',
  ])
    assert.ok(holds(text), text)
  for (const text of ['(<urn:other>)', '(<urn:t> ["f"])', '(Not ["e"])', '(Not <urn:t> ["e"])'])
    assert.ok(!holds(text), text)
})

test('an If header that cannot be read is refused, however long it is', () => {
  for (const text of [
    '',
    '()',
    '(<urn:t>',
    'urn:t',
    '<urn:t>',
    '(["e])',
    '([e])',
    `(${'<urn:t>'.repeat(101)})`,
    `(${'Not '.repeat(4_000)}`,
  ])
    assert.throws(() => parseIf(text), isRefused, text)
})

test('a client that takes a long answer slowly leaves nothing behind with each pause', async () => {
  let listeners = 0
  await using server = createServer((_, response) => {
    const responses = function* () {
      for (let n = 0; n < 100; n++) {
        listeners = Math.max(listeners, response.listenerCount('close'))
        yield 'x'.repeat(100_000)
      }
    }
    void sendMultistatus(response, responses())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const answer = await fetch(`http://127.0.0.1:${port}`)
  assert.ok((await answer.text()).length > 10_000_000)
  assert.ok(listeners < 10, `${listeners} listeners`)
})
