// Networks: by the host's zone, by netmask, by the /16 of the address.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNetworkZones } from '#shared/network-zones.ts'
import { networkOf, withZones } from '#tracker/placement/zones.ts'
import { device } from './device.ts'

const at = (url: string | null, zone: string | null = null) => device(1, { url, zone })
const ZONES = 'near=10.0.0.0/16,10.1.0.0/16; cellar = 10.1.7.0/24 ;far=192.168.3.4'

const zoneOf = (url: string | null, zone: string | null = null) =>
  withZones([at(url, zone)], ZONES)[0]?.zone

test('a host is in the zone whose netmask holds its address', () => {
  assert.equal(zoneOf('http://10.0.255.1:7500'), 'near')
  assert.equal(zoneOf('https://10.1.8.1'), 'near')
  assert.equal(zoneOf('http://192.168.3.4:7500'), 'far')
  assert.equal(zoneOf('http://192.168.3.5:7500'), null)
})

test('of two netmasks the narrower is the zone', () => {
  assert.equal(zoneOf('http://10.1.7.9:7500'), 'cellar')
})

test('a zone that the host was given is not overruled', () => {
  assert.equal(zoneOf('http://10.1.7.9:7500', 'attic'), 'attic')
})

test('what has no address in numbers has no zone by netmask', () => {
  for (const url of [null, 'http://disks.example:7500', 'http://[::1]:7500', 'http://10.0.0.256'])
    assert.equal(zoneOf(url), null, String(url))
})

test('without a zone the network is the /16 of the address', () => {
  assert.equal(networkOf(at('http://10.1.7.9:7500')), '10.1.0.0/16')
  assert.equal(networkOf(at('http://10.1.7.9:7500', 'attic')), 'attic')
  assert.equal(networkOf(at('http://disks.example:7500')), 'unknown')
  assert.equal(networkOf(at(null)), 'unknown')
})

test('what is no list of netmasks is refused', () => {
  assert.deepEqual(parseNetworkZones(''), [])
  for (const text of ['near', 'near=', 'near=10.0.0.0/33', 'near=10.0.0/8', '=10.0.0.0/8', 'a=::1'])
    assert.equal(parseNetworkZones(text), undefined, text)
})
