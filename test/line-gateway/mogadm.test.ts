// What mogadm asks by each of its sub-commands, and the fields without which it cannot print what
// it prints: facts of its source (infra/line-gateway/CLIENTS.md).
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { fileParts } from '../support/file-parts.ts'
import { trackerWorld } from '../support/world.ts'
import { lineTo } from './gateway.ts'

const world = fileParts.use(await trackerWorld())
const { line } = await lineTo(fileParts, {
  trackerUrl: world.tracker().url,
  adminKey: world.adminKey,
})
beforeEach(() => world.look())

type Fields = Record<string, string>

const NUMBER = /^\d+$/
const NAME = /^.+$/

function expectFields(told: Fields, prefix: string, wanted: Record<string, RegExp>): void {
  for (const [name, shape] of Object.entries(wanted))
    assert.match(told[prefix + name] ?? 'missing', shape, prefix + name)
}

test('host list, device list and check: numbers that are added and divided', async () => {
  await world.host(0).sync()
  const hosts = await line.ok('get_hosts')
  assert.equal(hosts['hosts'], '3')
  for (const nr of [1, 2, 3])
    expectFields(hosts, `host${nr}_`, {
      hostid: NUMBER,
      hostname: NAME,
      status: /^(alive|down|readonly|dead)$/,
      hostip: NAME,
      http_port: NUMBER,
      http_get_port: /^$/,
      altip: /^/,
      altmask: /^/,
    })
  const devices = await line.ok('get_devices')
  assert.equal(devices['devices'], '3')
  for (const nr of [1, 2, 3])
    expectFields(devices, `dev${nr}_`, {
      devid: NUMBER,
      hostid: NUMBER,
      status: NAME,
      weight: NUMBER,
      observed_state: /^(writeable|readable|unreachable)$/,
      utilization: /^([\d.]+|-)?$/,
      mb_total: /^\d*$/,
      mb_used: /^\d*$/,
    })
})

test('host add, modify, mark and delete; device add, mark and modify', async () => {
  const host = 'added'
  const made = await line.ok('create_host', { host, ip: '10.9.9.9', port: 7500, status: 'down' })
  assert.equal(made['host'], host, 'or the Perl client takes it for a failure')
  assert.equal((await line.ok('update_host', { host, altip: '10.8.8.8' }))['host'], host)
  assert.equal((await line.ok('update_host', { host, status: 'alive' }))['host'], host)
  await line.ok('create_device', { hostname: host, devid: 77, state: 'alive' })
  await line.ok('set_state', { host, device: 77, state: 'drain' })
  await line.ok('set_weight', { host, device: 77, weight: 50 })
  assert.equal(await line.refusal('delete_host', { host }), 'host_not_empty')
})

test('domain and class: lists and changes answer the names that were asked', async () => {
  assert.equal((await line.ok('create_domain', { domain: 'd' }))['domain'], 'd')
  const asked = { domain: 'd', class: 'c', mindevcount: 2 }
  for (const hashtype of ['MD5', 'SHA-1', 'SHA-256', 'NONE'])
    for (const command of ['create_class', 'update_class']) {
      const its = { ...asked, class: hashtype, hashtype }
      assert.equal((await line.ok(command, its))['class'], hashtype)
    }
  const told = await line.ok('get_domains')
  const nr = [1, 2].find((each) => told[`domain${each}`] === 'd')
  assert.equal(told[`domain${nr}classes`], '5')
  for (const at of [2, 3, 4, 5]) {
    const its = `domain${nr}class${at}`
    expectFields(told, its, { name: NAME, mindevcount: NUMBER, replpolicy: NAME })
    assert.equal(told[`${its}hashtype`], told[`${its}name`], 'by the name by which it was set')
  }
  for (const name of ['MD5', 'SHA-1', 'SHA-256', 'NONE'])
    await line.ok('delete_class', { domain: 'd', class: name })
  assert.equal((await line.ok('delete_domain', { domain: 'd' }))['domain'], 'd')
})

test('slave add, modify, list and delete: its list has weights', async () => {
  await line.ok('set_server_setting', { key: 'slave_one', value: 'DBI:x|user|secret' })
  await line.ok('set_server_setting', { key: 'slave_keys', value: 'one=5,two' })
  const { value } = await line.ok('server_setting', { key: 'slave_keys' })
  assert.equal(value, 'one=5,two')
  await line.ok('set_server_setting', { key: 'slave_one' }) // without a value: it goes
  assert.equal((await line.ok('server_setting', { key: 'slave_one' }))['value'], '')
})

test('fsck status, printlog and taillog, before there was any', async () => {
  const status = await line.ok('fsck_status')
  expectFields(status, '', {
    running: /^0$/,
    host: /^$/,
    max_fid_checked: NUMBER,
    end_fid: NUMBER,
    start_time: /^\d*$/,
    stop_time: /^\d*$/,
    current_time: /^\d{10}$/,
    max_logid: NUMBER,
    policy_only: /^[01]$/,
  })
  const tail = Number(status['max_logid']) - 20
  assert.ok(tail < 0)
  assert.deepEqual(await line.ok('fsck_getlog', { after_logid: tail }), { row_count: '0' })
})

test('settings list, rebalance status and settings', async () => {
  const settings = await line.ok('server_settings')
  const count = Number(settings['key_count'])
  assert.ok(count > 0)
  for (let nr = 1; nr <= count; nr++)
    expectFields(settings, '', { [`key_${nr}`]: NAME, [`value_${nr}`]: /^/ })
  assert.equal(await line.refusal('rebalance_status'), 'no_rebal_state')
})
