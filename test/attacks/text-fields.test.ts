// Text that was made to be more than text: SQL, header lines, markup, in every field that takes
// text. It is refused by its shape, or kept and given back as it is, and does nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileDetail, FileList } from '#shared/wire/files.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const nasty = [
  `'; drop table file; --`,
  `' or '1'='1`,
  `"; delete from replica; --`,
  `$1`,
  `\${fid}`,
  `$$; drop table job; $$`,
  `\\'; drop table host; --`,
  `{"a": null}`,
  `{a,"b",\\c}`,
  `%' or key like '%`,
  `_%`,
  `); truncate api_key; --`,
  `/* x */ union select * from api_key`,
  `<script>alert(1)</script>`,
  `\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK`,
  `\n`,
  `\u001b[31mred`,
  `\u202Egnp.exe`,
  `__proto__`,
  `constructor`,
]

/** What is there in the end is what was there before, but for what the test stored. */
const tables = (world: World) =>
  world.sql<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  )

test('a key of any text is that key and no other', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const before = await tables(world)
  for (const key of nasty) await world.put(key, key, { class: 'thumb' })
  for (const key of nasty) {
    const query = new URLSearchParams({ key })
    const { key: told } = await world.ask(
      FileDetail,
      'GET',
      `/v1/domains/demo/info?${query.toString()}`,
    )
    assert.equal(told, key)
    const list = new URLSearchParams({ prefix: key })
    const { files } = await world.ask(FileList, 'GET', `/v1/domains/demo/files?${list.toString()}`)
    assert.deepEqual(
      files.map((each) => each.key),
      nasty.filter((each) => each.startsWith(key)).toSorted(bytewise),
      key,
    )
    const behind = new URLSearchParams({ after: key, delimiter: key.slice(0, 16) })
    assert.equal(
      (await world.call('GET', `/v1/domains/demo/files?${behind.toString()}`)).status,
      200,
    )
  }
  for (const key of nasty.slice(0, -1)) {
    const renamed = await world.call(
      'PATCH',
      `/v1/domains/demo/file?${new URLSearchParams({ key }).toString()}`,
      {
        json: { key: `renamed ${key}` },
      },
    )
    assert.equal(renamed.status, 200, key)
  }
  assert.equal((await world.sql('select from file')).length, nasty.length)
  assert.deepEqual(await tables(world), before)
})

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

test('every other field keeps such a text, or refuses it by its shape', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a', 'a', { class: 'thumb' })
  const before = await tables(world)
  const admin = '/v1/admin'
  const demo = '/v1/domains/demo'
  for (const text of nasty) {
    const inPath = encodeURIComponent(text)
    const asks = [
      ['POST', `${admin}/domains`, { name: text }],
      ['DELETE', `${admin}/domains/${inPath}`],
      ['POST', `${admin}/domains/demo/classes`, { name: text, copies: 1 }],
      ['POST', `${admin}/domains/demo/classes`, { name: 'x', copies: 1, policy: text }],
      ['PATCH', `${admin}/domains/demo/classes/${inPath}`, { copies: 2 }],
      ['POST', `${admin}/hosts`, { name: text }],
      ['PATCH', `${admin}/hosts/${inPath}`, { zone: text }],
      ['PATCH', `${admin}/hosts/host-1`, { zone: text }],
      ['PATCH', `${admin}/hosts/host-1`, { internalMask: text }],
      ['POST', `${admin}/keys`, { label: text, scopes: ['read'] }],
      ['POST', `${admin}/keys`, { label: 'x', domain: text, scopes: [text] }],
      ['PATCH', `${admin}/settings`, { [text]: 1 }],
      ['PATCH', `${admin}/settings`, { networkZones: text }],
      ['PATCH', `${admin}/rebalance`, { policy: text }],
      ['POST', `${admin}/fsck`, { check: text }],
      ['POST', `${admin}/fsck`, { check: 'sizes', prefix: text }],
      ['GET', `${admin}/what-if?devices=${inPath}&state=${inPath}`],
      ['POST', `${demo}/uploads`, { key: 'k', class: text }],
      ['POST', `${demo}/uploads`, { key: 'k', contentType: text }],
      ['POST', `${demo}/uploads`, { key: 'k', contentType: `text/${text}` }],
      ['POST', `${demo}/uploads`, { key: 'k', metadata: { a: text } }],
      ['POST', `${demo}/uploads`, { key: 'k', metadata: { [text]: 'a' } }],
      ['POST', `${demo}/uploads`, { key: 'k', checksum: text }],
      ['POST', `${demo}/uploads/1/close`, { deviceId: 1, receipt: text }],
      ['PATCH', `${demo}/files/a`, { metadata: { a: text } }],
      ['GET', `${demo}/changes?after=${inPath}`],
      ['GET', `${demo}/files/a?zone=${inPath}`],
      ['GET', `/v1/domains/${inPath}/files`],
      ['POST', `${demo}/batch`, { stat: [{ key: text }], delete: [{ key: text }] }],
      ['POST', '/v1/agent/enroll', { protocol: 1, token: text, url: 'http://h:1', newDevices: 1 }],
    ] as const
    for (const [method, path, json] of asks) {
      const { status, headers } = await world.call(method, path, json === undefined ? {} : { json })
      assert.notEqual(status, 500, `${method} ${path} ${JSON.stringify(json)}`)
      assert.equal(headers.get('set-cookie'), null)
    }
    const [host] = world.hosts
    const sync = {
      protocol: 1,
      version: text,
      url: 'http://127.0.1.1:7500',
      keyVersion: 1,
      want: 0,
    }
    const gauge = { deviceId: 1, condition: 'full', reason: text, bytesTotal: 1, bytesFree: 1 }
    const devices = [{ ...gauge, utilization: null }]
    assert.equal((await host?.ask('sync', { ...sync, devices }))?.status, 200, text)
    const key = text.replaceAll(/[^!-~]/g, '.') // what a client can send in a header at all
    const stranger = await world.call('GET', `${demo}/files`, { key })
    assert.equal(stranger.status, 401, text)
  }
  assert.deepEqual(await tables(world), before)
  assert.equal((await world.sql('select from file')).length, 1)
})
