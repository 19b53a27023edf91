// A cluster of which each part has a network namespace of its own, and packets that vanish: where a
// proxy (partitions.test.ts) takes connections and says nothing, here connections half open,
// retransmission and silence are the kernel's. Runs itself again in a namespace that is nobody's.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startPostgres } from '#infra/dev/postgres.ts'
import { launchWith } from '#infra/dev/setpriv.ts'
import { Refusal } from '#shared/client/refusal.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { agentAt, type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { expectAll, manyContents, putAll } from '#test/support/many-files.ts'
import { Network } from '#test/support/network.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { call } from '#test/support/tracker-call.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { Writers } from '#test/support/writers.ts'

const INSIDE = '--inside'
const HOSTS = ['a', 'b', 'c']
const FILES = 12
/** A story waits for what the kernel and the SDK are patient with. */
const PATIENCE_MS = 400_000

const settings = {
  uploadMs: 5_000,
  downAfterMs: 2_000,
  leaseMs: 5_000,
  rehomeAfterMs: 4_000,
  nodeTimeoutMs: 500,
}

if (process.argv.includes(INSIDE)) tellStories()
else test('packets vanish between the parts', { skip: whyNot(), timeout: PATIENCE_MS }, runInside)

function whyNot(): string | false {
  const script = 'ip link add one type veth peer name two && ip rule add pref 9 blackhole'
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', script])
  return status === 0 ? false : 'needs root, `unshare`, `ip` and a kernel with namespaces'
}

async function runInside() {
  const { prefix } = launchWith({ deathSignal: 'SIGKILL' })
  const itself = [process.execPath, '--test-reporter=spec', import.meta.filename, INSIDE]
  const [command = '', ...args] = [...prefix, 'unshare', '--net', ...itself]
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // a run of its own
  await promisify(execFile)(command, args, { env }).catch((error: unknown) => {
    const told = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    assert.fail(told === '' ? String(error) : told)
  })
}

function tellStories() {
  test('packets vanish', { timeout: PATIENCE_MS }, async (t) => {
    await using parts = new AsyncDisposableStack()
    const network = parts.use(await Network.join(['tracker', 'database', ...HOSTS]))
    const { path: dir } = parts.use(await tempDir())
    const hba = join(dir, 'hba.conf')
    await writeFile(hba, 'host all all 10.77.0.0/16 scram-sha-256\n')
    const postgres = parts.use(
      await startPostgres({
        dataDir: join(dir, 'postgres'),
        place: network.place('database'),
        settings: { hba_file: hba },
      }),
    )
    const placeOf = (part: string) => network.place(part)
    const cluster = parts.use(await localCluster({ settings, databaseUrl: postgres.url, placeOf }))

    const story = (
      name: string,
      tell: (network: Network, cluster: LocalCluster) => Promise<void>,
    ) =>
      t.test(name, async () => {
        await tell(network, cluster)
        await network.heal()
        await untilDisksMatch(cluster)
      })
    await story('between the agents and the tracker', agentsAlone)
    await story('between two agents', twoApart)
    await story('of one host, as if its power were gone', powerGone)
    await story('between the tracker and its database', databaseAway)
  })
}

async function untilAllHaveTwoCopies({ files }: LocalCluster, keys: Iterable<string>) {
  for (const key of keys) {
    const hasTwo = async () => (await files.info(key)).deviceIds.length === 2
    await untilTrue(hasTwo, `${key} has two copies`, 90_000)
  }
}

/** Tickets and receipts are enough to store and read; copies are made when all is well again. */
async function agentsAlone(network: Network, cluster: LocalCluster) {
  const before = manyContents('before', FILES)
  await putAll(cluster.files, before)
  for (const host of HOSTS) await network.cut(host, 'tracker')
  const during = manyContents('unheard', FILES)
  await putAll(cluster.files, during)
  const { trackerUrl, clientKey: key } = cluster.description
  const open = `${trackerUrl}/v1/domains/demo/uploads`
  await untilTrue(
    async () => (await call(open, 'POST', { key, json: { key: 'late' } })).code === 'no_devices',
    'hosts that were not heard are offered no more',
  )
  await network.heal()
  await untilAllHaveTwoCopies(cluster, [...before.keys(), ...during.keys()])
  await expectAll(cluster.files, new Map([...before, ...during]))
}

/** Each of them is well, and neither can copy from the other: the third one is there for both. */
async function twoApart(network: Network, cluster: LocalCluster) {
  await network.cut('a', 'b')
  const during = manyContents('apart', FILES)
  await putAll(cluster.files, during)
  await expectAll(cluster.files, during)
  await network.heal()
  await untilAllHaveTwoCopies(cluster, during.keys())
}

/** Clients find others in time, and what is stored meanwhile gets its copies elsewhere. */
async function powerGone(network: Network, cluster: LocalCluster) {
  const { files } = cluster
  const before = manyContents('lit', FILES)
  await putAll(files, before)
  await untilAllHaveTwoCopies(cluster, before.keys())
  await network.silence('a')
  await expectAll(files, before)
  const during = manyContents('dark', FILES)
  await putAll(files, during)
  const dark = new Set(agentAt(cluster, 0).devices.map(({ deviceId }) => deviceId))
  for (const key of during.keys()) {
    const isElsewhere = async () =>
      (await files.info(key)).deviceIds.filter((id) => !dark.has(id)).length === 2
    await untilTrue(isElsewhere, `${key} is on two others`, 60_000)
  }
  await network.heal()
  await expectAll(files, new Map([...before, ...during]))
}

/** At first only answers vanish: what was asked is done, and finds itself done when asked again. */
async function databaseAway(network: Network, cluster: LocalCluster) {
  await using writers = new Writers(cluster.files, 'away')
  await writers.untilMore(FILES)
  await network.mute('database', 'tracker')
  const failures = writers.failures.length
  await untilTrue(() => writers.failures.length > failures, 'stores are refused', 60_000)
  await network.mute('tracker', 'database')
  const asked = await fetch(`${cluster.description.trackerUrl}/health`)
  assert.equal(asked.status, 503, 'and it is known why')
  assert.ok(Number(asked.headers.get('retry-after')) > 0)

  await network.heal()
  await writers.untilMore(FILES)
  await writers.stop()
  await writers.expectNothingLost()
  for (const error of writers.failures)
    assert.ok(error instanceof Refusal || error instanceof Unreachable, String(error))
}
