// The deployable bundle in the real Workers runtime, with the real Neon driver: the whole flow by
// hand, and how many round trips to the database each verb costs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Closed, Upload } from '#shared/wire/uploads.ts'
import { skipCurl } from '#test/support/curl.ts'
import { type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { StorageHost } from '#test/support/storage-host.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { call, type Method, parseAnswer } from '#test/support/tracker-call.ts'
import { measured } from '#test/support/tracker-world.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { shareStories } from '../cluster/curl-share-stories.ts'
import { handOf, stories } from '../cluster/curl-stories.ts'
import { tagStories } from '../cluster/curl-tag-stories.ts'

test('by hand, at the Worker', { skip: skipCurl }, async (t) => {
  await using cluster = await localCluster({ trackerKind: 'worker' })
  await using dir = await tempDir()
  const hand = handOf(cluster, dir.path)
  for (const [name, tell] of Object.entries({ ...stories, ...tagStories, ...shareStories }))
    await t.test(name, () => tell(hand))
})

const FOR_EVER_MS = 3_600_000
const TRIES = 25
const nothing = () => Promise.resolve()

/** Its hosts say something by the test's word alone, so that every round trip is the test's. */
async function quietCluster() {
  const settings = { sweepMs: FOR_EVER_MS, downAfterMs: FOR_EVER_MS }
  const cluster = await localCluster({ trackerKind: 'worker', hosts: 0, settings })
  const { trackerUrl, clientKey } = cluster.description
  const hosts = await Promise.all([addHost(cluster, 'one'), addHost(cluster, 'two')])

  const at = `${trackerUrl}/v1/domains/demo`
  const ask = (method: Method, path: string, json?: unknown) =>
    call(`${at}${path}`, method, { key: clientKey, json })
  // the tracker learned of the hosts before they had said anything
  const opened = async () => (await ask('POST', '/uploads', { key: 'a' })).status === 201
  await untilTrue(opened, 'the hosts are offered')

  const open = async () =>
    parseAnswer(Upload, await ask('POST', '/uploads', { key: 'a', bytes: 1 }))
  const receiptFor = ({ fid, targets: [target] }: Upload) => {
    const host = hosts.find(({ deviceIds }) => deviceIds.some((id) => id === target?.deviceId))
    assert.ok(host !== undefined && target !== undefined)
    const { deviceId } = target
    return { deviceId, receipt: host.receipt({ fid, deviceId, ...measured('a') }), host }
  }
  const close = async (upload: Upload) => {
    const { deviceId, receipt } = receiptFor(upload)
    const answer = await ask('POST', `/uploads/${upload.fid}/close`, { deviceId, receipt })
    return parseAnswer(Closed, answer)
  }
  const commit = async (upload: Upload) => {
    const { deviceId, receipt, host } = receiptFor(upload)
    return parseAnswer(Closed, await host.ask('commit', { fid: upload.fid, deviceId, receipt }))
  }
  return Object.assign(cluster, { hosts, ask, open, close, commit })
}

async function addHost(cluster: LocalCluster, name: string): Promise<StorageHost> {
  const { enrollmentToken: token } = await cluster.admin.admin.hosts.add(name)
  const url = `http://${name}.example:7500` // nobody goes there
  const { trackerUrl } = cluster.description
  const host = await StorageHost.enroll({ trackerUrl, token, url, devices: 1 })
  await host.sync()
  return host
}

test('a warm Worker makes one round trip to the database for each verb', async () => {
  await using cluster = await quietCluster()
  const { ask, open, close, commit, hosts } = cluster
  const { neon } = cluster.tracker
  assert.ok(neon !== undefined)

  /** When nothing has to be read anew: the least of a few tries. */
  const tripsOf = async <Ready>(prepare: () => Promise<Ready>, verb: (ready: Ready) => unknown) => {
    let least = Number.POSITIVE_INFINITY
    for (let n = 0; n < TRIES; n++) {
      const ready = await prepare()
      const before = neon.queries()
      await verb(ready)
      least = Math.min(least, neon.queries() - before)
    }
    return least
  }
  const stored = async () => close(await open())
  const status = async (wanted: number, ...[method, path]: Parameters<typeof ask>) => {
    assert.equal((await ask(method, path)).status, wanted, `${method} ${path}`)
  }

  await stored()
  const expensive = { commit: await tripsOf(open, commit) }
  assert.deepEqual(expensive, { commit: 2 }, 'who the agent is, then the close')
  const trips = {
    open: await tripsOf(nothing, open),
    close: await tripsOf(open, close),
    oneStep: await tripsOf(nothing, () => status(307, 'PUT', '/files/a')),
    paths: await tripsOf(nothing, () => status(200, 'GET', '/paths/a?noverify')),
    read: await tripsOf(nothing, () => status(302, 'GET', '/files/a?noverify')),
    stat: await tripsOf(nothing, () => status(200, 'HEAD', '/files/a')),
    list: await tripsOf(nothing, () => status(200, 'GET', '/files')),
    delete: await tripsOf(stored, () => status(200, 'DELETE', '/files/a')),
    sync: await tripsOf(nothing, () => hosts[0].sync({ want: 10 })),
  }
  for (const [verb, count] of Object.entries(trips)) assert.equal(count, 1, verb)
})
