// What an operator orders, as it goes to the tracker, and how the answer is shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

test('an order goes where it belongs, and says what is so now', async () => {
  await using world = await standIn({ nodes: 1 })
  const orders: [words: string, request: string, body: string, out: string][] = [
    ['domain add photos', 'POST /domains', '{"name":"photos"}', 'the domain photos is there'],
    ['domain rm photos', 'DELETE /domains/photos', '', 'the domain photos is gone'],
    [
      'class add photos thumb --copies 1',
      'POST /domains/photos/classes',
      '{"name":"thumb","copies":1}',
      'thumb in photos: copies 1',
    ],
    [
      'class set photos thumb --copies 3',
      'PATCH /domains/photos/classes/thumb',
      '{"copies":3}',
      'thumb in photos: copies 3',
    ],
    [
      'class rm photos thumb',
      'DELETE /domains/photos/classes/thumb',
      '',
      'thumb in photos is gone',
    ],
    [
      'class set photos web --checksum MD5 --commit-at 2 --trash 7d --cache none --public yes',
      'PATCH /domains/photos/classes/web',
      '{"checksumKind":"MD5","commitAt":2,"trashS":604800,"cacheS":null,"publicRead":true}',
      'web in photos: checksumKind MD5, commitAt 2, trashS 604800, cacheS none, publicRead true',
    ],
    [
      'domain set photos --quota-bytes 2TB --quota-files none',
      'PATCH /domains/photos',
      '{"quotaBytes":2000000000000,"quotaFiles":null}',
      'photos: quotaBytes 2000000000000, quotaFiles none',
    ],
    [
      'host set a --zone fra --public-url none',
      'PATCH /hosts/a',
      '{"publicUrl":null,"zone":"fra"}',
      'a: publicUrl none, zone fra',
    ],
    ['host rm a', 'DELETE /hosts/a', '', 'a is forgotten'],
    ['device rm 3', 'DELETE /devices/3', '', 'device 3 is forgotten'],
    ['host mark a down', 'PATCH /hosts/a', '{"state":"down"}', 'a is down now'],
    ['device mark 3 drain', 'PATCH /devices/3', '{"state":"drain"}', 'device 3: state drain'],
    [
      'device mark 3 alive --weight 50',
      'PATCH /devices/3',
      '{"state":"alive","weight":50}',
      'device 3: state alive, weight 50',
    ],
    ['key rm 7', 'DELETE /keys/7', '', 'key 7 is revoked'],
    ['setting set leaseMs 90000', 'PATCH /settings', '{"leaseMs":90000}', 'leaseMs is 90000 now'],
    [
      'setting set leaseMs default',
      'PATCH /settings',
      '{"leaseMs":null}',
      'leaseMs is at its default now',
    ],
  ]
  for (const [words, request, body, out] of orders) {
    const seen = answer(world, 204)
    const said = await mog(words.split(' '), { world, cwd: '/' })
    assert.deepEqual([said.code, said.out], [0, `${out}\n`], words)
    assert.equal(world.asked.at(-1), `tracker ${request.replace(' ', ' /v1/admin')}`)
    assert.equal(seen.body, body)
  }
})

test('the rate of a key is changed, and shown', async () => {
  await using world = await standIn({ nodes: 1 })
  const changed = { apiKeyId: 7, label: 'web', domain: null, scopes: ['read'], ratePerS: 500 }
  for (const [word, ratePerS, says] of [
    ['500', 500, 'key 7: 500 a second\n'],
    ['none', null, 'key 7: as the setting keyRatePerS says\n'],
  ] as const) {
    const seen = answer(world, 200, { ...changed, ratePerS })
    const said = await mog(['key', 'set', '7', '--rate', word], { world, cwd: '/' })
    assert.deepEqual([said.code, said.out], [0, says])
    assert.equal(seen.body, JSON.stringify({ ratePerS }))
    assert.equal(world.asked.at(-1), 'tracker PATCH /v1/admin/keys/7')
  }
})

test('what is told only once is told with what to do with it', async () => {
  await using world = await standIn({ nodes: 1 })
  const around = { world, cwd: '/' }
  answer(world, 201, { hostId: 1, name: 'a', enrollmentToken: 'enroll_x' })
  assert.match(
    (await mog(['host', 'add', 'a'], around)).out,
    /token {2}enroll_x\nnext {3}on that host: mog-agent init --token/,
  )

  const seen = answer(world, 201, { apiKeyId: 7, label: 'web', key: 'mog_x' })
  const words = ['key', 'add', 'web', '--may', 'read,list', '--domain', 'photos']
  assert.match((await mog(words, around)).out, /key {7}mog_x\n.*photos\n.*not shown again/s)
  assert.equal(seen.body, '{"label":"web","domain":"photos","scopes":["read","list"]}')

  const wide = answer(world, 201, { apiKeyId: 8, label: 'web', key: 'mog_y' })
  const said = await mog(['key', 'add', 'web', '--may', 'read'], around)
  assert.match(said.out, /every domain/, 'MOG_DOMAIN is for files')
  assert.equal(wide.body, '{"label":"web","scopes":["read"]}')

  answer(world, 201, { deviceId: 9 })
  assert.equal((await mog(['device', 'add', 'a'], around)).out, 'a has a device 9 now\n')
})

test('lists are tables for people, and the answer itself for programs', async () => {
  await using world = await standIn({ nodes: 1 })
  const nowhere = { publicUrl: null, internalUrl: null, internalMask: null }
  const silent = { url: null, ...nowhere, zone: null, keyVersion: 1, silentMs: null }
  const empty = { condition: null, reason: null, bytesTotal: null, bytesFree: null }
  const lists: [words: string, body: unknown, out: string[]][] = [
    [
      'host ls',
      {
        hosts: [
          {
            hostId: 1,
            name: 'rack1-a',
            state: 'alive',
            url: 'http://a:7500',
            publicUrl: 'https://a.example',
            internalUrl: null,
            internalMask: null,
            zone: 'fra',
            keyVersion: 2,
            silentMs: 1_200,
          },
          { hostId: 2, name: 'b', state: 'down', ...silent },
        ],
      },
      [
        'ID  HOST     STATE  ZONE  SILENT FOR   URL',
        ' 1  rack1-a  alive  fra   1.2 s        https://a.example',
        ' 2  b        down   -     never heard  -',
      ],
    ],
    [
      'device ls',
      {
        devices: [
          {
            deviceId: 1,
            host: 'a',
            state: 'alive',
            weight: 100,
            condition: 'readonly',
            reason: 'EROFS',
            bytesTotal: 4e12,
            bytesFree: 1.5e12,
            utilization: 0.256,
            silentMs: 300,
          },
          {
            deviceId: 2,
            host: 'a',
            state: 'drain',
            weight: 0,
            ...empty,
            utilization: null,
            silentMs: null,
          },
        ],
      },
      [
        'DEVICE  HOST  STATE  WEIGHT    FREE      OF  BUSY  SILENT FOR  CONDITION',
        '     1  a     alive     100  1.5 TB  4.0 TB  26 %  300 ms      readonly: EROFS',
        '     2  a     drain       0       -       -     -  -           -',
      ],
    ],
    [
      'key ls',
      {
        keys: [{ apiKeyId: 1, label: 'web', domain: null, scopes: ['read', 'list'], ratePerS: 9 }],
      },
      ['ID  LABEL  GOOD FOR      MAY         RATE', ' 1  web    every domain  read, list   9/s'],
    ],
    [
      'setting ls',
      { leaseMs: 60_000, minFreeBytes: 100_000_000 },
      [
        'SETTING           VALUE  IS',
        'leaseMs           60000  1 min',
        'minFreeBytes  100000000  100 MB',
      ],
    ],
    [
      'stats',
      {
        shortfalls: [{ reason: 'the class changed', files: 12 }],
        jobs: [{ host: 'a', kind: 'replicate', jobs: 3 }],
        notes: [{ sweep: 'declare-dead', note: '2 of 5 devices are silent' }],
        tombstones: 5,
        uploads: 0,
      },
      [
        'open uploads            0',
        'deleted files to erase  5',
        '',
        'FILES  SHORT OF THEIR CLASS, BECAUSE',
        '   12  the class changed',
        '',
        'JOBS  KIND       HOST',
        '   3  replicate  a',
        '',
        'declare-dead: 2 of 5 devices are silent',
      ],
    ],
  ]
  for (const [words, body, out] of lists) {
    answer(world, 200, body)
    const said = await mog(words.split(' '), { world, cwd: '/' })
    assert.deepEqual([said.code, said.out.trimEnd().split('\n')], [0, out], words)
    answer(world, 200, body)
    const json = await mog([...words.split(' '), '--json'], { world, cwd: '/' })
    assert.deepEqual(JSON.parse(json.out), body)
  }
})
