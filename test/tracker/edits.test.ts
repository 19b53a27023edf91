// POST edits: who may, on which device, and where there is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddedApiKey, type Scope } from '#shared/wire/admin.ts'
import { Edit } from '#shared/wire/uploads.ts'
import { trackerWorld } from '../support/world.ts'

const EDITS = '/v1/domains/demo/edits'

test('an edit is opened on a device that holds the file, with what is said of it', async () => {
  await using world = await trackerWorld()
  const { fid, deviceId } = await world.put('k', 'hello', { class: 'thumb' })
  const edit = await world.ask(Edit, 'POST', EDITS, { json: { key: 'k' } })
  assert.deepEqual([edit.deviceId, edit.class], [deviceId, 'thumb'])
  assert.ok(edit.fid > fid)
  assert.match(edit.source, new RegExp(`/dev${deviceId}/.*0*${fid}\\.fid\\?verb=GET&`))
  assert.match(
    edit.target,
    new RegExp(`/dev${deviceId}/.*0*${edit.fid}\\.fid\\?verb=PUT&.*parts=1`),
  )

  await world.mark('devices', deviceId, 'readonly')
  const none = await world.call('POST', EDITS, { json: { key: 'k' } })
  assert.equal(none.code, 'no_devices', 'the others do not hold it')
  const unknown = await world.call('POST', EDITS, { json: { key: 'nothing' } })
  assert.equal(unknown.code, 'unknown_key')
})

test('an edit takes a key that may read and write', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('k')
  const codeFor = async (scopes: readonly Scope[]) => {
    const json = { label: 'some', scopes }
    const { key } = await world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })
    return (await world.call('POST', EDITS, { key, json: { key: 'k' } })).status
  }
  assert.deepEqual(
    [await codeFor(['read']), await codeFor(['write']), await codeFor(['read', 'write'])],
    [403, 403, 201],
  )
})
