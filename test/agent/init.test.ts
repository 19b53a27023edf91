// `mog-agent init`: a host joins the cluster once, and directories become devices.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Identity } from '#agent/disk/identity.ts'
import { Problem } from '#shared/problems.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { runAgent } from './support/agent-process.ts'
import { ScriptedTracker } from './support/scripted-tracker.ts'

const enrollment = (tracker: ScriptedTracker, root: string, ...more: string[]) => [
  'init',
  `--tracker=${tracker.url}`,
  '--token=enroll_1',
  '--url=http://alpha:7500',
  `--root=${root}`,
  ...more,
]

test('a host enrolls with its token, and its new devices carry their identity', async () => {
  await using dir = await tempDir()
  await using tracker = await ScriptedTracker.start()
  const root = join(dir.path, 'mogdata')
  const ended = await runAgent(enrollment(tracker, root, '--devices=2'))
  assert.equal(ended.stderr, '')
  assert.equal(ended.code, 0)
  const [ask] = tracker.enrollments
  assert.deepEqual(ask, {
    protocol: 1,
    token: 'enroll_1',
    url: 'http://alpha:7500',
    newDevices: 2,
  })
  const { mode } = await stat(join(root, 'agent.json'))
  assert.equal(mode.toString(8).slice(-3), '600')
  assert.ok(!ended.stdout.includes(tracker.credential))
  for (const deviceId of [1, 2]) {
    const text = await readFile(join(root, `dev${deviceId}/mogile-device.json`), 'utf8')
    const identity = Identity.parse(JSON.parse(text))
    assert.deepEqual([identity.deviceId, identity.clusterId], [deviceId, tracker.clusterId])
  }
})

test('a host enrolls once', async () => {
  await using dir = await tempDir()
  await using tracker = await ScriptedTracker.start()
  assert.equal((await runAgent(enrollment(tracker, dir.path))).code, 0)
  const again = await runAgent(enrollment(tracker, dir.path))
  assert.equal(again.code, 1)
  assert.match(again.stderr, /is enrolled already, as host alpha: add a device with --device N/)
  assert.equal(tracker.enrollments.length, 1)
})

test('a token that the tracker refuses leaves nothing behind', async () => {
  await using dir = await tempDir()
  await using tracker = await ScriptedTracker.start()
  tracker.refusal = new Problem('invalid_enrollment')
  const ended = await runAgent(enrollment(tracker, dir.path))
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /The enrollment token is unknown or used/)
  assert.deepEqual(await readdir(dir.path), ['agent.lock'])
})

test('a further device is formatted by its number, if its directory is empty', async () => {
  await using dir = await tempDir()
  await using tracker = await ScriptedTracker.start()
  const format = (n: number) => runAgent(['init', '--device', String(n), '--root', dir.path])
  assert.match((await format(8)).stderr, /is not enrolled yet/)
  await runAgent(enrollment(tracker, dir.path, '--devices=0'))
  await mkdir(join(dir.path, 'dev8/lost+found'), { recursive: true })
  assert.equal((await format(8)).code, 0)
  assert.equal((await format(8)).code, 1, 'it is a device already')

  await mkdir(join(dir.path, 'dev9'))
  await writeFile(join(dir.path, 'dev9/photo.jpg'), 'somebody’s')
  const refused = await format(9)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /dev9 is not empty: it holds photo.jpg/)
})

test('a mistake on the command line or in the environment is said plainly', async () => {
  await using dir = await tempDir()
  const cases: [args: string[], env: Record<string, string>, says: RegExp][] = [
    [['serve'], {}, /there is no command serve/],
    [['init', '--nonsense'], {}, /Unknown option '--nonsense'/],
    [['init', '--token', 'x'], {}, /init needs --tracker, --token and --url, or --device/],
    [['init', '--device', 'x'], {}, /x is not a number/],
    [[], {}, /MOG_TRACKER_URL/],
    [[], { MOG_TRACKER_URL: 'http://t', MOG_TRAKCER: '1' }, /MOG_TRAKCER/],
    [[], { MOG_TRACKER_URL: 'http://t', MOG_LISTEN: '7500' }, /must be HOST:PORT/],
    [[], { MOG_TRACKER_URL: 'http://t', MOG_LISTEN: '0.0.0.0:7500' }, /MOG_PUBLIC_URL is needed/],
    [
      [],
      { MOG_TRACKER_URL: 'http://t', MOG_LISTEN: '127.0.0.1:0', MOG_ROOT: dir.path },
      /is not enrolled yet: run `mog-agent init` first/,
    ],
  ]
  for (const [args, env, says] of cases) {
    const { code, stderr } = await runAgent(args, env)
    assert.match(stderr, says)
    assert.notEqual(code, 0)
    assert.ok(!stderr.includes('    at '), 'without a stack')
  }
})
