// Settings, fsck, rebalance, files by their fid and diagnostics, as mogadm and others ask.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Settings } from '#shared/settings.ts'
import { fileParts } from '../support/file-parts.ts'
import { readLine } from '../support/line-client.ts'
import { trackerWorld } from '../support/world.ts'
import { expectRefusals } from './expect-refusals.ts'
import { lineTo } from './gateway.ts'

const world = fileParts.use(await trackerWorld())
const { line } = await lineTo(fileParts, {
  trackerUrl: world.tracker().url,
  adminKey: world.adminKey,
})
beforeEach(() => world.look())

test('settings of MogileFS are kept as they are set, and zones mean something', async () => {
  await line.ok('set_server_setting', { key: 'slave_keys', value: 'one' })
  await line.ok('set_server_setting', { key: 'slave_one', value: 'DBI:x|user|secret' })
  const slave = await line.ok('server_setting', { key: 'slave_one' })
  assert.deepEqual(slave, { key: 'slave_one', value: 'DBI:x|user|secret' })
  await line.ok('set_server_setting', { key: 'network_zones', value: 'near,far' })
  await line.ok('set_server_setting', { key: 'zone_near', value: '10.0.0.0/16,10.1.0.0/16' })
  world.look()
  const { networkZones } = await world.ask(Settings, 'GET', '/v1/admin/settings')
  assert.equal(networkZones, 'near=10.0.0.0/16,10.1.0.0/16')

  const all = await line.ok('server_settings')
  const names = Object.entries(all).filter(
    ([name]) => name.startsWith('key_') && name !== 'key_count',
  )
  assert.deepEqual(
    names.map(([, name]) => name),
    ['network_zones', 'slave_keys', 'slave_one', 'zone_near', 'schema_version'],
  )
  for (const value of ['on', 'Off', '1', 'no', 't'])
    await line.ok('set_server_setting', { key: 'skip_mkcol', value })
  await line.ok('set_server_setting', { key: 'network_zones', value: 'near, far' })
  await line.ok('set_server_setting', { key: 'memcache_servers', value: 'one:11211 two:11211' })
  assert.equal((await line.ok('server_setting', { key: 'constructor' }))['value'], '')
  await line.ok('set_server_setting', { key: 'skip_mkcol', value: '' })
  await line.ok('set_server_setting', { key: 'memcache_servers', value: '' })
  await line.ok('set_server_setting', { key: 'slave_keys', value: '' })
  assert.deepEqual(
    await line.ok('server_setting', {
      key: 'slave_keys',
      value: '',
    }),
    {
      key: 'slave_keys',
      value: '',
    },
  )
  await expectRefusals(line, [
    ['set_server_setting', { value: 1 }, 'bad_params'],
    ['set_server_setting', { key: 'skip_mkcol', value: 'perhaps' }, 'invalid_format'],
    ['set_server_setting', { key: 'schema_version', value: 18 }, 'not_writable'],
    ['set_server_setting', { key: 'queue_rate_for_fsck', value: 'x' }, 'invalid_format'],
    ['set_server_setting', { key: 'skip_devcount', value: 2 }, 'invalid_format'],
    ['set_server_setting', { key: 'zone_near', value: '10.0.0.0/99' }, 'invalid_format'],
    ['set_server_setting', { key: 'slave_x', value: 'x'.repeat(20_000) }, 'invalid_format'],
    ['server_setting', {}, 'bad_params'],
  ])
})

test('bytes that are no text are refused wherever a text is kept', async () => {
  const lines = [
    'set_server_setting key=slave_x&value=%FF',
    'create_domain domain=%FF',
    'create_class domain=demo&class=%FF&mindevcount=1',
    'create_class domain=demo&class=x&mindevcount=1&replpolicy=%FF',
    'create_host host=%FF&ip=10.0.0.9&port=7500',
    'rebalance_set_policy policy=from_hosts%3D%FF',
    'get_paths domain=demo&key=%FF',
    'create_open domain=demo&key=a%00b',
    'list_keys domain=demo&prefix=%FF',
  ]
  for (const each of lines) {
    line.send(`${each}\r\n`)
    const { code } = readLine(await line.line())
    assert.ok(code !== undefined && code !== 'failure', `${each}: ${code}`)
  }
})

test('fsck is reset, started, stopped and started again, and tells how far it is', async () => {
  const { fid } = await world.put('looked at')
  const before = await line.ok('fsck_status')
  assert.deepEqual([before['running'], before['start_time'], before['end_fid']], ['0', '', '0'])
  await line.ok('fsck_reset', { policy_only: 1, startpos: 1 })
  await line.ok('fsck_start')
  await expectRefusals(line, [['fsck_start', {}, 'fsck_running']])
  const during = await line.ok('fsck_status')
  assert.deepEqual(
    [during['running'], during['policy_only'], during['max_fid_checked'], during['stop_time']],
    ['1', '1', '1', ''],
  )
  assert.ok(Number(during['end_fid']) >= fid)
  await line.ok('fsck_stop')
  assert.equal((await line.ok('fsck_status'))['running'], '0')
  await line.ok('fsck_start')
  await world.settle()
  const end = await line.ok('fsck_status')
  assert.deepEqual([end['running'], end['max_fid_checked']], ['0', end['end_fid']])
  await line.ok('fsck_reset')
  assert.equal((await line.ok('fsck_status'))['start_time'], '')
})

test('the log of fsck is told page by page, and not again once it was cleared', async () => {
  await line.ok('fsck_clearlog')
  await world.sql(`insert into fsck_event (fsck_id, fid, device_id, code)
    select 0, n, 1, 'MISS' from generate_series(1, 150) as n`)
  const first = await line.ok('fsck_getlog')
  assert.equal(first['row_count'], '100')
  assert.equal(first['row_1_evcode'], 'MISS')
  const last = first['row_100_logid'] ?? ''
  const second = await line.ok('fsck_getlog', { after_logid: last })
  assert.equal(second['row_count'], '50')
  assert.equal((await line.ok('fsck_status'))['max_logid'], second['row_50_logid'])
  await line.ok('fsck_clearlog')
  assert.deepEqual(await line.ok('fsck_getlog'), { row_count: '0' })
})

test('a rebalance has MogileFS’s policy, verbs and refusals', async () => {
  await expectRefusals(line, [
    ['rebalance_test', {}, 'no_rebal_policy'],
    ['rebalance_start', {}, 'no_rebal_policy'],
    ['rebalance_status', {}, 'no_rebal_state'],
    ['rebalance_stop', {}, 'rebal_not_started'],
    ['rebalance_set_policy', { policy: 'odd=1' }, 'bad_rebal_pol'],
  ])
  const { deviceId: from } = await world.put('to be moved')
  const to = world.hosts.flatMap(({ deviceIds }) => deviceIds).find((id) => id !== from)
  const policy = `from_devices=${from} to_devices=${to}`
  await line.ok('rebalance_set_policy', { policy })
  assert.deepEqual(await line.ok('rebalance_test'), { sdevs: `${from}`, ddevs: `${to}` })
  const hostid = (await line.ok('get_devices', { devid: from }))['dev1_hostid']
  await line.ok('rebalance_set_policy', { policy: `from_hosts=${hostid}` })
  assert.deepEqual((await line.ok('rebalance_test'))['sdevs'], String(from))
  await line.ok('rebalance_set_policy', { policy })
  const started = await line.ok('rebalance_start')
  assert.match(started['state'] ?? '', /^bytes_queued=0 completed_devs= fids_queued=0 /)
  await expectRefusals(line, [
    ['rebalance_start', {}, 'rebal_running'],
    ['rebalance_reset', {}, 'rebal_running'],
    ['rebalance_set_policy', { policy }, 'no_set_rebal'],
  ])
  assert.equal((await line.ok('server_setting', { key: 'rebal_policy' }))['value'], policy)
  assert.notEqual((await line.ok('server_setting', { key: 'rebal_host' }))['value'], undefined)
  await line.ok('rebalance_stop')
  assert.match((await line.ok('rebalance_status'))['state'] ?? '', / time_stopped=\d+$/)
  await line.ok('rebalance_reset')
  await expectRefusals(line, [['rebalance_status', {}, 'no_rebal_state']])
})

test('files are told by their fid, and one of them with every row that names it', async () => {
  const { fid, deviceId } = await world.put('by fid', 'text')
  const page = await line.ok('list_fids', { from: fid - 1, to: 1 })
  assert.deepEqual(page, {
    fid_count: '1',
    fid_1_fid: String(fid),
    fid_1_domain: 'demo',
    fid_1_class: 'default',
    fid_1_key: 'by fid',
    fid_1_length: '4',
    fid_1_devcount: '1',
  })
  const debug = await line.ok('file_debug', { domain: 'demo', key: 'by fid' })
  assert.deepEqual(await line.ok('file_debug', { fid }), debug)
  assert.deepEqual(
    [debug['fid_fid'], debug['fid_dkey'], debug['fid_length'], debug['devids']],
    [String(fid), 'by fid', '4', String(deviceId)],
  )
  assert.match(debug[`devpath_${deviceId}`] ?? '', /^http:.*\/verb:GET,.*\.fid$/)
  assert.match(debug['replqueue_nexttry'] ?? '', /^\d{10}$/)

  const upload = await world.open('on its way')
  const open = await line.ok('file_debug', { fid: upload.fid })
  assert.equal(open['tempfile_dkey'], 'on its way')
  await line.ok('delete', { domain: 'demo', key: 'by fid' })
  const deleted = await line.ok('file_debug', { fid })
  assert.deepEqual([deleted['fid_fid'], deleted['delqueue_fid']], [undefined, String(fid)])
  await expectRefusals(line, [
    ['file_debug', { fid: 999_999 }, 'unknown_fid'],
    ['file_debug', { domain: 'demo', key: 'nothing' }, 'unknown_key'],
    ['file_debug', { domain: 'demo' }, 'no_key'],
    ['list_fids', { from: 'x' }, 'failure'],
  ])
})

test('whatever was put off is tried now', async () => {
  await world.put('short')
  await world.sql(`update shortfall set try_at = now() + interval '1 day'`)
  await world.sql(`update job set run_at = now() + interval '1 day' where kind = 'replicate'`)
  assert.ok(Number((await line.ok('replicate_now'))['count']) >= 1)
  assert.deepEqual(await line.ok('replicate_now'), { count: '0' })
})

test('diagnostics answer, and a copy goes where it is sent', async () => {
  for (const command of ['noop', 'test', 'clear_cache', 'do_monitor_round'])
    assert.deepEqual(await line.ok(command), {})
  assert.deepEqual(await line.ok('sleep', { duration: 0 }), {})
  const { fid, deviceId } = await world.put('copied')
  assert.deepEqual(await line.ok('httpcopy', { fid, sdevid: 1, ddevid: deviceId }), {})
  await expectRefusals(line, [
    ['httpcopy', { fid, ddevid: 999 }, 'copy_err'],
    ['test', { crash: 1 }, 'failure'],
  ])
})
