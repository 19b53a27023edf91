// Which addresses a network holds, as operators write networks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWithin, parseMasks } from '#shared/netmask.ts'

const holds = (mask: string, address: string): boolean => {
  const networks = parseMasks(mask)
  assert.ok(networks !== undefined, mask)
  return isWithin(networks, address)
}

test('an address is in the networks that begin as it does', () => {
  for (const [mask, address, expected] of [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.9.8.7/8', '10.0.0.1', true],
    ['192.168.7.1', '192.168.7.1', true],
    ['192.168.7.1', '192.168.7.2', false],
    ['172.16.0.0/12, 10.0.0.0/8', '10.0.0.1', true],
    ['172.16.0.0/12 10.0.0.0/8', '172.31.255.255', true],
    ['172.16.0.0/12', '172.32.0.0', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', 'fd00::1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['fd00::/8', 'fdff:1::2', true],
    ['fd00::/8', 'fe00::1', false],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['::/0', '1:2:3:4:5:6:7:8', true],
    ['10.0.0.0/8', 'nonsense', false],
  ] as const)
    assert.equal(holds(mask, address), expected, `${address} in ${mask}`)
})

test('what is no network makes the whole list none', () => {
  for (const text of [
    '',
    ' , ',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/x',
    'fd00::/129',
    'fd00:::1',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'host',
    '10.0.0.0/8, nonsense',
  ])
    assert.equal(parseMasks(text), undefined, text)
})
