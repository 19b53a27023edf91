// The heartbeat: which tracker hears it, what a new key means, what a stop still says.
import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startAgent } from '#agent/agent.ts'
import { initAgent } from '#agent/init.ts'
import { Problem } from '#shared/problems.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { startHost } from './support/host.ts'
import { RecordedEvents } from './support/recorded-events.ts'
import { newKey, ScriptedTracker } from './support/scripted-tracker.ts'

test('when a tracker does not answer, the next one is asked', async () => {
  await using dir = await tempDir()
  await using tracker = await ScriptedTracker.start()
  const gone = await ScriptedTracker.start()
  const trackerUrls = [gone.url, tracker.url]
  await gone[Symbol.asyncDispose]()
  const root = dir.path
  await initAgent({ root, trackerUrls, token: 'x', publicUrl: 'http://a:1', newDevices: 1 })
  const events = new RecordedEvents()
  await using _ = await startAgent({
    root,
    trackerUrls,
    listen: { host: '127.0.0.1', port: 0 },
    events,
  })
  await tracker.heard(() => tracker.syncs[1])
  assert.equal(events.count('sync.failed'), 0)
})

test('a tracker that refuses is asked again, later and later, until it accepts', async () => {
  await using host = await startHost()
  host.tracker.refusal = new Problem('database_unavailable')
  await host.events.next('sync.failed')
  host.tracker.refusal = undefined
  const { failures } = await host.events.next('sync.recovered')
  assert.ok(Number(failures) > 0)
})

test('new keys rest where the agent alone can read them', async () => {
  await using host = await startHost()
  const { tracker, root } = host
  tracker.keys = [newKey(2), ...tracker.keys]
  await tracker.heard(() => tracker.syncs.find(({ keyVersion }) => keyVersion === 2))
  const file = join(root, 'agent.json')
  const { mode } = await stat(file)
  assert.equal(mode.toString(8).slice(-3), '600')
  const kept = await readFile(file, 'utf8')
  for (const { key } of tracker.keys) assert.ok(kept.includes(key))
})

test('an agent that stops says what it has done so far', async () => {
  await using host = await startHost()
  host.tracker.pollAfterMs = 60_000
  await host.events.next('agent.synced', host.events.all.length)
  const before = host.tracker.syncs.length
  await host.stop()
  const [goodbye] = host.tracker.syncs.slice(before)
  assert.equal(goodbye?.want, 0)
})
