// What a device is good for: the table of MogileFS section 5, and what was observed beside it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  canBeRead,
  canReceiveNewFiles,
  canReceiveReplicas,
  hasRoomFor,
  mayBeRead,
  shareFree,
} from '#tracker/placement/device-state.ts'
import { device, settings } from './device.ts'

/** read, new files, replicas */
const ofDevice = {
  alive: [true, true, true],
  readonly: [true, false, false],
  drain: [true, false, false],
  down: [false, false, false],
  dead: [false, false, false],
}
const ofHost = {
  alive: [true, true, true],
  readonly: [true, false, false],
  down: [false, false, false],
  dead: [false, false, false],
}
const ofCondition = {
  ok: [true, true, true],
  full: [true, false, false],
  readonly: [true, false, false],
  fenced: [false, false, false],
}

function goodFor(change: Record<string, unknown>): boolean[] {
  const made = device(1, change)
  return [
    canBeRead(made, settings),
    canReceiveNewFiles(made, settings),
    canReceiveReplicas(made, settings),
  ]
}

describe('what a device can do follows', () => {
  for (const [state, can] of Object.entries(ofDevice))
    test(`its own state: ${state}`, () => assert.deepEqual(goodFor({ state }), can))

  for (const [hostState, can] of Object.entries(ofHost))
    test(`the state of its host: ${hostState}`, () => assert.deepEqual(goodFor({ hostState }), can))

  for (const [condition, can] of Object.entries(ofCondition))
    test(`what its agent found: ${condition}`, () => assert.deepEqual(goodFor({ condition }), can))

  test('the worse of the two states: an alive disk in a host that is down is not read', () => {
    assert.deepEqual(goodFor({ state: 'alive', hostState: 'down' }), [false, false, false])
    assert.deepEqual(goodFor({ state: 'dead', hostState: 'alive' }), [false, false, false])
  })
})

test('a host that was heard just in time is used, a moment later it is not', () => {
  assert.deepEqual(goodFor({ silentMs: 15_000 }), [true, true, true])
  assert.deepEqual(goodFor({ silentMs: 15_001 }), [false, false, false])
})

test('a host that never synced, or was never enrolled, is not used', () => {
  assert.deepEqual(goodFor({ silentMs: null }), [false, false, false])
  assert.deepEqual(goodFor({ url: null }), [false, false, false])
})

test('a silent host may still be read: a tracker may be wrong about silence', () => {
  assert.equal(mayBeRead(device(1, { silentMs: 99_999 })), true)
  assert.equal(mayBeRead(device(1, { url: null })), false)
})

test('a disk that its agent has not measured yet receives nothing', () => {
  assert.deepEqual(goodFor({ condition: null }), [true, false, false])
  assert.equal(hasRoomFor(device(1, { bytesFree: null }), 0, settings), false)
})

test('room is what is free beside the reserve', () => {
  assert.equal(hasRoomFor(device(1, { bytesFree: 600 }), 500, settings), true)
  assert.equal(hasRoomFor(device(1, { bytesFree: 599 }), 500, settings), false)
})

test('a disk of unknown size counts as full when disks are compared', () => {
  assert.equal(shareFree(device(1, { bytesTotal: 200, bytesFree: 50 })), 0.25)
  assert.equal(shareFree(device(1, { bytesTotal: null })), 0)
  assert.equal(shareFree(device(1, { bytesTotal: 0 })), 0)
})
