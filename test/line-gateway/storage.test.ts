// Domains, classes, hosts and devices, as mogadm asks and is told.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { HostList } from '#shared/wire/admin.ts'
import { fileParts } from '../support/file-parts.ts'
import { trackerWorld } from '../support/world.ts'
import { expectRefusals } from './expect-refusals.ts'
import { lineTo } from './gateway.ts'

const world = fileParts.use(await trackerWorld())
const { line } = await lineTo(fileParts, {
  trackerUrl: world.tracker().url,
  adminKey: world.adminKey,
})
beforeEach(() => world.look())

test('domains and classes come and go as in MogileFS', async () => {
  assert.deepEqual(await line.ok('create_domain', { domain: 'd' }), { domain: 'd' })
  const asked = { domain: 'd', class: 'c', mindevcount: 3 }
  assert.deepEqual(await line.ok('create_class', { ...asked, hashtype: 'MD5' }), {
    class: 'c',
    mindevcount: '3',
    domain: 'd',
  })
  const policy = 'MultipleNetworks(2)'
  await line.ok('update_class', { ...asked, mindevcount: 2, replpolicy: policy })
  await line.ok('create_class', { ...asked, class: 'n', hashtype: 'NONE', mindevcount: 1 })
  await line.ok('create_class', { ...asked, class: 'default', mindevcount: 4, update: 1 })
  const told = await line.ok('get_domains')
  const nr = Object.keys(told).find((name) => /^domain\d+$/.test(name) && told[name] === 'd') ?? ''
  const its = Object.entries(told).filter(([name]) => name.startsWith(`${nr}c`))
  assert.deepEqual(
    its.map(([name, value]) => [name.slice(nr.length), value]),
    [
      ['classes', '3'],
      ['class1name', 'default'],
      ['class1mindevcount', '4'],
      ['class1replpolicy', 'MultipleHosts()'],
      ['class1hashtype', 'SHA-256'],
      ['class2name', 'c'],
      ['class2mindevcount', '2'],
      ['class2replpolicy', policy],
      ['class2hashtype', 'MD5'],
      ['class3name', 'n'],
      ['class3mindevcount', '1'],
      ['class3replpolicy', 'MultipleHosts()'],
      ['class3hashtype', 'NONE'],
    ],
  )
  await expectRefusals(line, [
    ['create_domain', {}, 'no_domain'],
    ['create_domain', { domain: 'd' }, 'domain_exists'],
    ['create_class', { class: 'c', mindevcount: 1 }, 'no_domain'],
    ['create_class', { domain: 'd', mindevcount: 1 }, 'no_class'],
    ['create_class', { domain: 'd', class: 'x' }, 'invalid_mindevcount'],
    ['create_class', { domain: 'd', class: 'x', mindevcount: 0 }, 'invalid_mindevcount'],
    ['create_class', { domain: 'd', class: 'x', mindevcount: 11 }, 'invalid_mindevcount'],
    ['create_class', { ...asked, class: 'x', replpolicy: 'No(' }, 'invalid_replpolicy'],
    ['create_class', { ...asked, class: 'x', hashtype: 'CRC' }, 'invalid_hashtype'],
    ['create_class', asked, 'class_exists'],
    ['create_class', { ...asked, domain: 'nowhere' }, 'domain_not_found'],
    ['update_class', { ...asked, domain: 'nowhere' }, 'domain_not_found'],
    ['update_class', { ...asked, class: 'nothing' }, 'class_not_found'],
    ['delete_class', { domain: 'd', class: 'default' }, 'nodel_default_class'],
    ['delete_class', { domain: 'd', class: 'nothing' }, 'class_not_found'],
    ['delete_class', { domain: 'nowhere', class: 'c' }, 'domain_not_found'],
    ['delete_domain', { domain: 'd' }, 'domain_has_classes'],
    ['delete_domain', { domain: 'nowhere' }, 'domain_not_found'],
  ])
  assert.deepEqual(await line.ok('delete_class', { domain: 'd', class: 'c' }), {
    domain: 'd',
    class: 'c',
  })
  await line.ok('delete_class', { domain: 'd', class: 'n' })
  assert.deepEqual(await line.ok('delete_domain', { domain: 'd' }), { domain: 'd' })

  await world.put('a file')
  await expectRefusals(line, [['delete_domain', { domain: 'demo' }, 'domain_has_files']])
})

test('a host is made, moved, told and deleted', async () => {
  const host = 'new-host'
  await expectRefusals(line, [
    ['create_host', {}, 'no_host'],
    ['create_host', { host }, 'no_ip'],
    ['create_host', { host, ip: '10.0.0.9' }, 'no_port'],
    ['create_host', { host, ip: '10.0.0.9', port: 7500, status: 'odd' }, 'unknown_state'],
    ['create_host', { host: 'host-1', ip: '10.0.0.9', port: 7500 }, 'host_exists'],
    ['create_host', { host, ip: '127.0.1.1', port: 7500 }, 'dup'],
    ['create_host', { host, ip: '10.0.0.9', port: 7500, altmask: '1.2.3.4/99' }, 'bad_params'],
    ['update_host', { host, ip: '10.0.0.9' }, 'host_not_found'],
    ['delete_host', { host }, 'unknown_host'],
    ['delete_host', { host: 'host-1' }, 'host_not_empty'],
  ])
  const made = await line.ok('create_host', { host, ip: '10.0.0.9', port: 7500 })
  assert.deepEqual([made['hostname'], made['host']], [host, host])
  await line.ok('update_host', {
    host,
    status: 'alive',
    altip: '192.168.0.9',
    altmask: '192.168.0.0/16',
  })
  await line.ok('update_host', { host, ip: '10.0.0.10' })
  const { hostid = '' } = made
  assert.deepEqual(await line.ok('get_hosts', { hostid }), {
    hosts: '1',
    host1_hostid: hostid,
    host1_status: 'alive',
    host1_hostname: host,
    host1_hostip: '10.0.0.10',
    host1_http_port: '7500',
    host1_http_get_port: '',
    host1_altip: '192.168.0.9',
    host1_altmask: '192.168.0.0/16',
  })
  const alternatives = async () => {
    const { hosts } = await world.ask(HostList, 'GET', '/v1/admin/hosts')
    const its = hosts.find(({ name }) => name === host)
    return [its?.publicUrl, its?.internalUrl, its?.internalMask]
  }
  await line.ok('update_host', { host, port: 7501 })
  assert.deepEqual(await alternatives(), [
    'http://10.0.0.10:7501',
    'http://192.168.0.9:7501',
    '192.168.0.0/16',
  ])
  await line.ok('update_host', { host, altip: '', altmask: '' })
  assert.deepEqual(await alternatives(), ['http://10.0.0.10:7501', null, null])
  assert.deepEqual(await line.ok('delete_host', { host }), {})
  assert.equal((await line.ok('get_hosts'))['hosts'], '3')
})

test('a device has the number that it is given, and no number is given twice', async () => {
  const { hostId } = world.host(0)
  await expectRefusals(line, [
    ['create_device', { hostid: hostId }, 'invalid_devid'],
    ['create_device', { devid: 'x', hostid: hostId }, 'invalid_devid'],
    ['create_device', { devid: 20, hostid: 999 }, 'unknown_hostid'],
    ['create_device', { devid: 20, hostname: 'nobody' }, 'unknown_host'],
    ['create_device', { devid: 20 }, 'bad_args'],
    ['create_device', { devid: 20, hostid: hostId, state: 'odd' }, 'invalid_state'],
    ['create_device', { devid: 1, hostid: hostId }, 'existing_devid'],
  ])
  await line.ok('create_device', { devid: 20, hostname: 'host-1', state: 'down' })
  await line.ok('create_device', { devid: 10, hostid: hostId })
  const next = await world.call('POST', '/v1/admin/devices', { json: { host: 'host-1' } })
  assert.deepEqual(next.body, { deviceId: 21 })

  const told = await line.ok('get_devices', { devid: 20 })
  assert.deepEqual(
    [told['devices'], told['dev1_devid'], told['dev1_status'], told['dev1_observed_state']],
    ['1', '20', 'down', 'writeable'].with(3, 'unreachable'),
  )
  for (const deviceId of [10, 20, 21])
    await line.ok('set_state', { host: 'host-1', device: deviceId, state: 'dead' })
  await world.sql(`update device set marked_at = now() - interval '1 hour' where device_id = 20`)
  const gone = await world.call('DELETE', '/v1/admin/devices/20')
  assert.equal(gone.status, 204)
  await expectRefusals(line, [['create_device', { devid: 20, hostid: hostId }, 'existing_devid']])
})

const add = (json: object) => world.call('POST', '/v1/admin/devices', { json })

test('numbers asked for and numbers given at the same time are all different', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, nr) =>
      add({ host: 'host-2', ...(nr % 2 === 0 && { deviceId: 100 + nr }) }),
    ),
  )
  const made = answers
    .filter(({ status }) => status === 201)
    .map(({ body }) => JSON.stringify(body))
  assert.equal(new Set(made).size, made.length)
  const refused = answers.filter(({ status }) => status !== 201)
  for (const [nr, { status }] of answers.entries()) if (nr % 2 === 1) assert.equal(status, 201)
  for (const { code } of refused) assert.equal(code, 'existing_devid')
})

test('a device is weighed and marked, and tells what its agent measured', async () => {
  const deviceId = world.host(2).deviceIds[0] ?? 0
  const of = { host: 'host-3', device: deviceId }
  await line.ok('set_weight', { ...of, weight: 55 })
  await line.ok('set_state', { ...of, state: 'drain' })
  await world.host(2).sync()
  const told = await line.ok('get_devices', { devid: deviceId })
  const { dev1_mb_total: total = '', dev1_mb_used: used = '', dev1_mb_free: free = '' } = told
  assert.equal(Number(used) + Number(free), Number(total))
  assert.match(told['dev1_mb_asof'] ?? '', /^\d{10}$/)
  assert.deepEqual(
    [told['dev1_hostid'], told['dev1_status'], told['dev1_weight'], told['dev1_observed_state']],
    [String(world.host(2).hostId), 'drain', '55', 'writeable'],
  )
  await expectRefusals(line, [
    ['set_weight', { ...of, weight: 'abc' }, 'bad_params'],
    ['set_weight', { ...of, host: '' }, 'bad_params'],
    ['set_weight', { ...of, device: 999, weight: 1 }, 'no_device'],
    ['set_weight', { ...of, host: 'host-1', weight: 1 }, 'host_mismatch'],
    ['set_state', { ...of, state: 'odd' }, 'bad_params'],
    ['set_state', { ...of, host: 'host-1', state: 'down' }, 'host_mismatch'],
  ])
  await line.ok('set_state', { ...of, state: 'dead' })
  await expectRefusals(line, [['set_state', { ...of, state: 'alive' }, 'state_too_high']])
})
