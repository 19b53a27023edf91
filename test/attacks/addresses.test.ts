// A host's address, or a webhook's, as a way to have a tracker ask what it should not (SSRF).
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { LOOPBACK, listenOnLoopback } from '#infra/dev/loopback.ts'
import { mayBeANode } from '#shared/node-address.ts'
import { AddedHost, HostList } from '#shared/wire/admin.ts'
import { trackerWorld } from '../support/world.ts'

const nobodys = [
  'http://169.254.169.254',
  'http://169.254.169.254:80/latest/meta-data',
  'http://2852039166', // the same as one number
  'http://0xa9.0xfe.0xa9.0xfe',
  'http://0251.0376.0251.0376',
  'http://169.254.43518',
  'http://[::ffff:169.254.169.254]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[::169.254.169.254]',
  'http://[::ffff:0:169.254.169.254]',
  'http://[64:ff9b::169.254.169.254]',
  'http://[64:ff9b::a9fe:a9fe]',
  'http://[64:ff9b::0.0.0.0]',
  'http://[2002:a9fe:a9fe::1]',
  'http://[2002:e000:1::]',
  'http://[fe80::1]',
  'http://[fd00:ec2::254]',
  'http://0.0.0.0:7080',
  'http://[::]:7080',
  'http://224.0.0.1',
  'http://255.255.255.255',
  'http://[ff02::1]',
  'http://user:password@10.0.0.1',
]
const ofNodes = [
  'http://10.0.0.1:7500',
  'https://node-1.example',
  'http://[fd00::1]:7500',
  'http://127.0.0.1:7500', // nodes may share the tracker's machine, and its private networks
  'http://[::1]:7500',
  'http://[64:ff9b::10.0.0.1]:7500',
  'http://[2002:cb00:7101::1]:7500',
]
const noUrls = ['ftp://10.0.0.1', 'file:///etc/passwd', 'gopher://10.0.0.1', 'javascript:1', '']

test('addresses of nobody are told from those of nodes', () => {
  for (const url of nobodys) assert.equal(mayBeANode(url), false, url)
  for (const url of ofNodes) assert.equal(mayBeANode(url), true, url)
})

test('no agent, operator or webhook can lead a tracker to one', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host] = world.hosts
  const demo = { domain: 'demo' }
  for (const url of [...nobodys, ...noUrls]) {
    const sync = { protocol: 1, version: 'x', url, keyVersion: 1, devices: [], want: 0 }
    assert.equal((await host?.ask('sync', sync))?.code, 'invalid_request', url)
    for (const field of ['publicUrl', 'internalUrl']) {
      const changed = await world.call('PATCH', '/v1/admin/hosts/host-1', {
        json: { [field]: url },
      })
      assert.equal(changed.code, 'invalid_request', `${field} ${url}`)
    }
    const hook = await world.call('POST', '/v1/admin/webhooks', { json: { ...demo, url } })
    assert.equal(hook.code, 'invalid_request', `webhook ${url}`)
    const added = { name: `new-${Math.random().toString(36).slice(2)}` }
    const { enrollmentToken: token } = await world.ask(AddedHost, 'POST', '/v1/admin/hosts', {
      json: added,
    })
    const enroll = { protocol: 1, token, url, newDevices: 1 }
    const enrolled = await world.call('POST', '/v1/agent/enroll', { key: '', json: enroll })
    assert.equal(enrolled.code, 'invalid_request', `enroll ${url}`)
  }
})

test('of an address no more is taken than scheme, host and port', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const json = { internalUrl: 'http://10.0.0.9:7500/admin/../delete?everything#now' }
  assert.equal((await world.call('PATCH', '/v1/admin/hosts/host-1', { json })).status, 200)
  const { hosts } = await world.ask(HostList, 'GET', '/v1/admin/hosts')
  assert.equal(hosts[0]?.internalUrl, 'http://10.0.0.9:7500')
})

test('a node that sends the tracker elsewhere is not followed', async () => {
  const asked: string[] = []
  const secret = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('secret')
  })
  const secretPort = await listenOnLoopback(secret)
  const node = createServer((_request, response) => {
    response.writeHead(302, { location: `http://${LOOPBACK}:${secretPort}/latest` }).end()
  })
  const port = await listenOnLoopback(node)
  await using servers = new AsyncDisposableStack()
  servers.use(secret)
  servers.use(node)
  await using world = await trackerWorld({ hosts: 1, urls: [`http://${LOOPBACK}:${port}`] })
  await world.put('a', 'bytes', { class: 'thumb' })
  const read = await world.call('GET', '/v1/domains/demo/files/a')
  assert.notEqual(read.headers.get('location'), `http://${LOOPBACK}:${secretPort}/latest`)
  const upload = await world.open('b', { class: 'thumb' })
  const { deviceId } = upload.targets[0] ?? {}
  const close = `/v1/domains/demo/uploads/${upload.fid}/close`
  const closed = await world.call('POST', close, { json: { deviceId } })
  assert.ok(closed.status >= 400, 'a redirect is no word of a node')
  assert.deepEqual(asked, [])
})
