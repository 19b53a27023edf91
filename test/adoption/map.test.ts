// What a MogileFS cluster becomes here, decided without a database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapCluster } from '#infra/adoption/map-cluster.ts'
import { mapFile, type Places } from '#infra/adoption/map-file.ts'
import type { OldCluster } from '#infra/adoption/read-cluster.ts'
import type { OldFile } from '#infra/adoption/read-files.ts'

const cluster = (own: Partial<OldCluster>): OldCluster => ({
  domains: [],
  classes: [],
  hosts: [],
  devices: [],
  settings: [],
  ...own,
})
const options = { defaultCopies: 3, checksumKind: 'SHA-256' } as const
const classOf = (own: Partial<OldCluster['classes'][number]>) => ({
  dmid: 1,
  classid: 1,
  classname: 'one',
  mindevcount: 2,
  replpolicy: null,
  hashtype: null,
  ...own,
})
const hostOf = (hostid: number, hostname: string, status = 'alive') => ({
  hostid,
  hostname,
  status,
  hostip: null,
  http_port: null,
  http_get_port: null,
  altip: null,
  altmask: null,
})

test('the class default is there without a row, with the copies that trackers were told of', () => {
  const domains = [{ dmid: 1, namespace: 'd' }]
  const { classes } = mapCluster(cluster({ domains }), options)
  assert.deepEqual(
    classes.map(({ name, copies, checksumKind }) => [name, copies, checksumKind]),
    [['default', 3, 'SHA-256']],
  )
  const own = classOf({ classid: 0, classname: 'default', mindevcount: 5, hashtype: 2 })
  const given = mapCluster(cluster({ domains, classes: [own] }), options)
  assert.deepEqual(
    given.classes.map(({ name, copies, checksumKind }) => [name, copies, checksumKind]),
    [['default', 5, 'SHA-1']],
  )
})

test('policies of MogileFS mean the same here, by their long names too', () => {
  const policies = [
    'MogileFS::ReplicationPolicy::MultipleHosts(3)',
    'MultipleNetworks()',
    'HostsPerNetwork(near=2,far=1)',
    '',
  ]
  const { classes, notes } = mapCluster(
    cluster({
      domains: [{ dmid: 1, namespace: 'd' }],
      classes: policies.map((replpolicy, n) =>
        classOf({ classid: n + 1, classname: `c${n}`, replpolicy }),
      ),
    }),
    options,
  )
  assert.deepEqual(
    classes.slice(1).map(({ policy }) => policy),
    ['MultipleHosts(3)', 'MultipleNetworks()', 'HostsPerNetwork(near=2,far=1)', 'MultipleHosts()'],
  )
  assert.deepEqual(notes, [])
})

test('a policy that is none here is said as it was, and why', () => {
  const { classes, notes } = mapCluster(
    cluster({
      domains: [{ dmid: 1, namespace: 'd' }],
      classes: [classOf({ classid: 1, classname: 'c', replpolicy: 'EveryOther(2)' })],
    }),
    options,
  )
  assert.equal(classes.at(-1)?.policy, 'MultipleHosts()')
  const [note = ''] = notes
  assert.match(note, /^class "c" of d: .*EveryOther.* is none of .*; it gets MultipleHosts\(\)$/)
})

test('names that cannot be names get others, each its own', () => {
  const { classes, hosts, notes } = mapCluster(
    cluster({
      domains: [
        { dmid: 1, namespace: 'd' },
        { dmid: 2, namespace: '..' },
      ],
      classes: [
        classOf({ classid: 1, classname: 'a b' }),
        classOf({ classid: 2, classname: 'a/b' }),
        classOf({ classid: 3, classname: '!' }),
        classOf({ dmid: 2 }),
      ],
      hosts: [hostOf(1, 'ok.example'), hostOf(0, 'zero'), hostOf(3, '_x', 'odd')],
    }),
    options,
  )
  assert.deepEqual(
    classes.map(({ name }) => name),
    ['default', 'a-b', 'a-b-2', 'unnamed'],
  )
  assert.deepEqual(hosts, [
    { hostId: 1, name: 'ok.example', state: 'alive' },
    { hostId: 3, name: 'x', state: 'down' },
  ])
  assert.equal(notes.length, 7, notes.join('\n'))
})

test('a device without its host, or without a number, stays out', () => {
  const device = { status: 'alive', weight: null }
  const { devices, liveDevices } = mapCluster(
    cluster({
      hosts: [hostOf(1, 'a')],
      devices: [
        { ...device, devid: 1, hostid: 1 },
        { ...device, devid: 2, hostid: 9 },
        { ...device, devid: 0, hostid: 1 },
        { ...device, devid: 3, hostid: 1, status: 'dead' },
      ],
    }),
    options,
  )
  assert.deepEqual(
    devices.map(({ deviceId, state, weight }) => [deviceId, state, weight]),
    [
      [1, 'alive', 100],
      [3, 'dead', 100],
    ],
  )
  assert.deepEqual([...liveDevices], [1])
})

const places: Places = {
  domains: new Map([[1, { domainId: 10, classIds: new Map([[0, 100]]) }]]),
  liveDevices: new Set([1, 2]),
}
const fileOf = (own: Partial<OldFile>): OldFile => ({
  fid: 1,
  dmid: 1,
  classid: 0,
  length: 5,
  dkey: Buffer.from('key').toString('hex'),
  hashtype: null,
  checksum: null,
  devids: [1],
  ...own,
})

test('a file keeps its fid, its key byte by byte, and the copies that can be there', () => {
  const key = '\u{feff}é\n%'
  const dkey = Buffer.from(key).toString('hex')
  assert.deepEqual(mapFile(fileOf({ dkey, devids: [9, 2, 1, 2] }), places, 'utf-8'), {
    fid: 1,
    domainId: 10,
    classId: 100,
    key,
    bytes: 5,
    checksum: 'none',
    deviceIds: [1, 2],
  })
  const checksum = 'AB'.repeat(16)
  const summed = mapFile(fileOf({ hashtype: 1, checksum }), places, 'utf-8')
  assert.equal('checksum' in summed && summed.checksum, `MD5:${'ab'.repeat(16)}`)
  const torn = mapFile(fileOf({ hashtype: 1, checksum: 'ab' }), places, 'utf-8')
  assert.equal('checksum' in torn && torn.checksum, 'none')
})

test('a file that cannot be one says why', () => {
  const reasons = [
    fileOf({ fid: 0 }),
    fileOf({ fid: 10_000_000_000 }),
    fileOf({ length: null }),
    fileOf({ dmid: 2 }),
    fileOf({ dkey: 'ff' }),
    fileOf({ dkey: '' }),
    fileOf({ dkey: '00' }),
  ].map((file) => {
    const mapped = mapFile(file, places, 'utf-8')
    return 'reason' in mapped && mapped.reason
  })
  assert.deepEqual(reasons, [
    'its fid is not from 1 to 9999999999',
    'its fid is not from 1 to 9999999999',
    'its length is not known',
    'its domain 2 is not there',
    'its key is not utf-8 text',
    'its key is not utf-8 text',
    'its key is not utf-8 text',
  ])
})
