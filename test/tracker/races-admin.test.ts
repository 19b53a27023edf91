// Operators at several trackers at once: of two orders that exclude each other one is obeyed, and
// the other is refused as if it had come later.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Method } from '../support/tracker-call.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf, atOnce } from './at-once.ts'

test('of many who forget one device, one does', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  await world.mark('devices', 1, 'dead')
  await world.sql(`update device set marked_at = marked_at - interval '61 s'`)
  const outcomes = await atOnce(8, async (n) => {
    const { code, status } = await world.call('DELETE', '/v1/admin/devices/1', { at: n % 2 })
    return code ?? status
  })
  const gone = Array.from({ length: 7 }, () => 'no_device')
  assert.deepEqual(outcomes.map(String).toSorted(), ['204', ...gone])
})

test('a host is forgotten or gets a device, never both', async () => {
  await using world = await trackerWorld({ hosts: 0, trackers: 2 })
  for (let round = 0; round < 20; round++) {
    const name = `host-${round}`
    await world.call('POST', '/v1/admin/hosts', { json: { name } })
    const ask = async (method: Method, path: string, at: number, json?: object) => {
      const answer = await world.call(method, `/v1/admin/${path}`, {
        at,
        ...(json !== undefined && { json }),
      })
      return answer.code ?? String(answer.status)
    }
    const outcome = await allOf([
      ask('POST', 'devices', 0, { host: name }),
      ask('DELETE', `hosts/${name}`, 1),
    ])
    assert.ok(
      ['201 host_not_empty', 'unknown_host 204'].includes(outcome.join(' ')),
      outcome.join(),
    )
  }
})

test('a domain is deleted, and what was to be in it is refused, or goes with it', async () => {
  await using world = await trackerWorld({ hosts: 0, trackers: 2 })
  for (let round = 0; round < 20; round++) {
    const name = `domain-${round}`
    await world.call('POST', '/v1/admin/domains', { json: { name } })
    const post = async (path: string, json: object) => {
      const answer = await world.call('POST', `/v1/admin/${path}`, { json })
      return answer.code ?? String(answer.status)
    }
    const [deleted, ...added] = await allOf<number | string>([
      world.call('DELETE', `/v1/admin/domains/${name}`, { at: 1 }).then(({ status }) => status),
      post(`domains/${name}/classes`, { name: 'raw', copies: 1 }),
      post('keys', { label: 'x', scopes: ['read'], domain: name }),
    ])
    assert.equal(deleted, 204)
    for (const outcome of added) assert.ok(['201', 'unreg_domain'].includes(String(outcome)))
  }
  const left = await world.sql(`
    select name from class where domain_id not in (select domain_id from domain)
    union all select label from api_key where domain_id not in (select domain_id from domain)`)
  assert.deepEqual(left, [])
})

test('of two hosts that are given one address, one gets it', async () => {
  await using world = await trackerWorld({ hosts: 4, trackers: 2 })
  for (const field of ['publicUrl', 'internalUrl']) {
    const outcomes = await allOf(
      world.hosts.map(async ({ name }, n) => {
        const json = { [field]: 'http://10.0.0.1:7500' }
        const ask = { json, at: n % 2 }
        const { code, status } = await world.call('PATCH', `/v1/admin/hosts/${name}`, ask)
        return code ?? String(status)
      }),
    )
    const refused = Array.from({ length: 3 }, () => 'duplicate_address')
    assert.deepEqual(outcomes.toSorted(), ['200', ...refused])
  }
})
