// A node that hangs (SIGSTOP) is the worst kind of dead: it takes connections and says nothing. It
// costs one wait, not one a request, and nobody else pays for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultSettings } from '#shared/settings.ts'
import { startAnotherTracker } from '#test/support/another-tracker.ts'
import { agentAt, hostsOf, type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { type Contents, expectAll, manyContents, putAll } from '#test/support/many-files.ts'
import { call } from '#test/support/tracker-call.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { abortUpload, openUpload } from '#test/support/upload-steps.ts'

const NODE_TIMEOUT_MS = 2_000
const DOWN_AFTER_MS = 3_000
const FILES = 24

test('a node that hangs is read around, written around, and taken back', async (t) => {
  await using cluster = await localCluster({ settings: { nodeTimeoutMs: NODE_TIMEOUT_MS } })
  const { files, admin } = cluster
  const contents = manyContents('kept', FILES)
  await putAll(files, contents)
  const hung = agentAt(cluster, 2)
  const { on, off } = await untilSpread(cluster, contents, hung.host)
  const before = await slowestOf(cluster, off)
  const isOffered = async (url?: string) => (await hostsOffered(cluster, url)).includes(hung.host)

  hung.signal('SIGSTOP')
  try {
    await t.test('what lies on it too is read elsewhere within the node timeout', async () => {
      assert.ok((await slowestOf(cluster, on)) < NODE_TIMEOUT_MS)
      for (const key of on)
        assert.notEqual(new URL(await redirectOf(cluster, key)).origin, hung.url)
    })
    await t.test('the files of others are read and opened as before', async () => {
      const during = await slowestOf(cluster, off)
      assert.ok(during < before * 4 + 250, `${during} ms, ${before} ms before`)
    })
    await t.test('the tracker that has waited for it offers it no new file', async () => {
      const soon = defaultSettings.downAfterMs / 2 // others may still think well of it
      await untilTrue(async () => !(await isOffered()), 'passed over', soon)
    })
    await t.test('silent for long enough, it is offered no new file by anybody', async () => {
      await admin.admin.settings.change({ downAfterMs: DOWN_AFTER_MS })
      await untilTrue(async () => (await silenceOf(cluster, hung.host)) > DOWN_AFTER_MS, 'silent')
      await using other = await startAnotherTracker(cluster, { kind: 'node' })
      assert.ok(!(await isOffered(other.url)), 'a tracker that knows its silence from others')
      const more = manyContents('more', FILES)
      await putAll(files, more)
      await expectAll(files, more)
    })
  } finally {
    hung.signal('SIGCONT')
  }
  await t.test('when it goes on, it is offered again', () =>
    untilTrue(() => isOffered(), 'taken back'),
  )
  await expectAll(files, contents)
})

async function silenceOf({ admin }: LocalCluster, host: string): Promise<number> {
  const { devices } = await admin.admin.devices.list()
  return devices.find((device) => device.host === host)?.silentMs ?? 0
}

/** When every file has two copies: the keys that have one at the host, and the others. */
async function untilSpread({ files, agents }: LocalCluster, contents: Contents, host: string) {
  const on: string[] = []
  const off: string[] = []
  for (const key of contents.keys())
    await untilTrue(async () => {
      const hosts = hostsOf({ agents }, (await files.info(key)).deviceIds)
      if (hosts.length < 2) return false
      ;(hosts.includes(host) ? on : off).push(key)
      return true
    }, `${key} is on two hosts`)
  assert.ok(on.length > 0 && off.length > 0, 'some files are there, some are not')
  return { on, off }
}

/** The tracker's answer to a read, by whose URL the bytes come. */
async function redirectOf({ description }: LocalCluster, key: string): Promise<string> {
  const { trackerUrl, clientKey } = description
  const url = `${trackerUrl}/v1/domains/demo/files/${key}`
  const { status, headers } = await call(url, 'GET', { key: clientKey })
  assert.equal(status, 302, key)
  return headers.get('location') ?? ''
}

/** Of reading these through the redirect, and of an open: the longest that any took, in ms. */
async function slowestOf(cluster: LocalCluster, keys: readonly string[]): Promise<number> {
  let slowest = 0
  const timed = async (work: () => Promise<unknown>) => {
    const begun = performance.now()
    await work()
    slowest = Math.max(slowest, performance.now() - begun)
  }
  for (const key of keys) {
    await timed(async () => (await fetch(await redirectOf(cluster, key))).arrayBuffer())
    await timed(async () => abortUpload(cluster, await openUpload(cluster, 'any')))
  }
  return slowest
}

/** By the cluster's own tracker, or by another. */
async function hostsOffered(
  { agents, description }: LocalCluster,
  trackerUrl = description.trackerUrl,
): Promise<string[]> {
  const at = { description: { ...description, trackerUrl } }
  const upload = await openUpload(at, 'any')
  await abortUpload(at, upload)
  const deviceIds = upload.targets.map(({ deviceId }) => Number(deviceId))
  return hostsOf({ agents }, deviceIds)
}
