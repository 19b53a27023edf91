// A network that loses everything between two parts, and comes back: what was acknowledged is
// there, what cannot be served is refused in time, and then all is well again without a command.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '#shared/client/refusal.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { testDatabase } from '#test/support/database.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { Link } from '#test/support/link.ts'
import { type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { type Contents, expectAll, manyContents, putAll } from '#test/support/many-files.ts'
import { call } from '#test/support/tracker-call.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { Writers } from '#test/support/writers.ts'

const FILES = 20
const settings = {
  uploadMs: 5_000,
  downAfterMs: 2_000,
  leaseMs: 5_000,
  rehomeAfterMs: 4_000,
  nodeTimeoutMs: 500,
}

const isExpected = (error: unknown) => error instanceof Refusal || error instanceof Unreachable

async function untilAllHaveTwoCopies({ files }: LocalCluster, keys: Iterable<string>) {
  for (const key of keys) {
    const hasTwo = async () => (await files.info(key)).deviceIds.length === 2
    await untilTrue(hasTwo, `${key} has two copies`, 60_000)
  }
}

test('the network between two parts is cut, and healed', async (t) => {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(await testDatabase())
  const toDatabase = parts.use(await Link.to(database.url))
  let toTracker: Link | undefined
  const trackerUrlForAgents = async (url: string) => {
    toTracker ??= parts.use(await Link.to(url))
    return toTracker.url
  }
  const databaseUrl = toDatabase.url
  const cluster = parts.use(await localCluster({ settings, databaseUrl, trackerUrlForAgents }))
  const before = manyContents('before', FILES)
  await putAll(cluster.files, before)

  await t.test('the agents do not reach the tracker', async () => {
    assert.ok(toTracker !== undefined)
    await withoutTracker(cluster, toTracker, before)
  })
  await t.test('an agent is reached by clients, and by no other agent and no tracker', () =>
    withoutOthers(cluster, before),
  )
  await t.test('the tracker does not reach its database', () =>
    withoutDatabase(cluster, toDatabase),
  )
  await expectAll(cluster.files, before)
})

async function withoutTracker(cluster: LocalCluster, link: Link, before: Contents) {
  const { files } = cluster
  link.cut()
  const during = manyContents('unheard', FILES)
  await putAll(files, during) // by tickets and receipts alone
  await expectAll(files, before)
  const { trackerUrl, clientKey: key } = cluster.description
  const open = `${trackerUrl}/v1/domains/demo/uploads`
  const refused = async () =>
    (await call(open, 'POST', { key, json: { key: 'late' } })).code === 'no_devices'
  await untilTrue(refused, 'hosts that were not heard are offered no more')
  await expectAll(files, during)

  link.heal()
  await untilAllHaveTwoCopies(cluster, [...before.keys(), ...during.keys()])
  await expectAll(files, during)
  await untilDisksMatch(cluster)
}

async function withoutOthers(cluster: LocalCluster, before: Contents) {
  const { files, admin, agents } = cluster
  const [cutOff] = agents
  assert.ok(cutOff !== undefined)
  await using link = await Link.to(cutOff.url)
  await admin.admin.hosts.change(cutOff.host, { internalUrl: link.url })
  link.cut()
  const during = manyContents('apart', FILES)
  await putAll(files, during)
  await expectAll(files, new Map([...before, ...during]))
  const own = new Set(cutOff.devices.map(({ deviceId }) => deviceId))
  const isElsewhere = async (key: string) =>
    (await files.info(key)).deviceIds.some((deviceId) => !own.has(deviceId))
  await untilAllHaveTwoCopies(cluster, await filtered(during.keys(), isElsewhere))

  link.heal()
  await untilAllHaveTwoCopies(cluster, during.keys())
  await untilDisksMatch(cluster)
  await admin.admin.hosts.change(cutOff.host, { internalUrl: null })
}

async function filtered(
  keys: Iterable<string>,
  isMeant: (key: string) => Promise<boolean>,
): Promise<string[]> {
  const meant: string[] = []
  for (const key of keys) if (await isMeant(key)) meant.push(key)
  return meant
}

async function withoutDatabase(cluster: LocalCluster, link: Link) {
  await using writers = new Writers(cluster.files, 'split')
  await writers.untilMore(FILES)
  link.cut()
  const failures = writers.failures.length
  await untilTrue(() => writers.failures.length > failures, 'stores are refused', 60_000)
  const asked = await fetch(`${cluster.description.trackerUrl}/health`)
  assert.equal(asked.status, 503, 'and it is known why')
  assert.ok(Number(asked.headers.get('retry-after')) > 0)

  link.heal()
  await writers.untilMore(FILES)
  await writers.stop()
  await writers.expectNothingLost()
  for (const error of writers.failures) assert.ok(isExpected(error), String(error))
  await untilDisksMatch(cluster)
}
