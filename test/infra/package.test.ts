// The Debian package of the agent, built and used for real: by dpkg into a root of its own, checked
// by systemd and lintian; and its executable, which starts and stores a file.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { buildPackage, type Packaged, packageAgent } from '#infra/deb/package-agent.ts'
import { startChild } from '#infra/dev/child.ts'
import { urlOfEvent } from '#infra/dev/tracker-process.ts'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { decodeBase64Url } from '#shared/mac.ts'
import { signedUrl } from '#shared/tickets.ts'
import { ScriptedTracker } from '../agent/support/scripted-tracker.ts'
import { type TempDir, tempDir } from '../support/temp-dir.ts'

const run = promisify(execFile)

const isThere = (program: string) => {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const isWanted = process.env['MOGILE_TEST_PACKAGE'] === '1'
const needs = (...programs: string[]) => {
  const missing = programs.find((program) => !isThere(program))
  return missing === undefined ? {} : { skip: `${missing} is not installed` }
}
const why = isWanted ? needs('dpkg-deb').skip : 'it takes a while: MOGILE_TEST_PACKAGE=1 builds it'

describe('the package of the agent', why === undefined ? {} : { skip: why }, () => {
  let dir: TempDir
  let packaged: Packaged
  before(async () => {
    dir = await tempDir()
    packaged = await packageAgent(dir.path, true)
  })
  after(() => dir[Symbol.asyncDispose]())

  const unpack = async () => {
    const root = join(dir.path, 'unpacked')
    await run('dpkg-deb', ['-x', packaged.deb, root])
    return root
  }

  test('its executable enrolls a host, starts, and stores and serves a file', async () => {
    await using disk = await tempDir()
    await using tracker = await ScriptedTracker.start()
    const file = join(disk.path, 'agent.env')
    const root = join(disk.path, 'mogdata')
    const text = [`MOG_ROOT=${root}`, `MOG_TRACKER_URL=${tracker.url}`, 'MOG_LISTEN=127.0.0.1:0']
    await writeFile(file, `${text.join('\n')}\nMOG_PROCESSES=2\n`)
    const where = ['--config', file]
    const ask = ['init', '--token', 'enroll_1', '--url', 'http://alpha:7500', ...where]
    await run(packaged.executable, ask)
    await using agent = await startChild({
      name: 'mog-agent',
      command: packaged.executable,
      args: where,
      env: { PATH: process.env['PATH'] },
      ready: (line) => urlOfEvent(line, 'agent.listening'),
      readyTimeoutMs: 20_000,
    })
    const [key] = tracker.keys
    assert.ok(key !== undefined)
    const signing = { version: key.version, key: decodeBase64Url(key.key) }
    const fid = Fid.parse(1)
    const deviceId = DeviceId.parse(1)
    const untilS = Math.floor(Date.now() / 1_000) + 60
    const url = (verb: 'PUT' | 'GET') =>
      signedUrl(agent.ready, { verb, deviceId, fid, untilS }, signing)
    assert.equal((await fetch(url('PUT'), { method: 'PUT', body: 'hello' })).status, 201)
    assert.equal(await (await fetch(url('GET'))).text(), 'hello')
    const stored = await readFile(join(root, fidPath(deviceId, fid)), 'utf8')
    assert.equal(stored, 'hello')
  })

  test(
    'systemd understands its unit, and finds it well hardened',
    needs('systemd-analyze'),
    async () => {
      const root = await unpack()
      const shipped = await readFile(join(root, 'usr/lib/systemd/system/mog-agent.service'), 'utf8')
      const unit = join(dir.path, 'mog-agent.service')
      await writeFile(unit, shipped.replaceAll('=/usr/bin/', `=${root}/usr/bin/`))
      const { stderr } = await run('systemd-analyze', ['verify', '--man=no', unit])
      const ours = stderr.split('\n').filter((line) => line.includes('mog-agent'))
      assert.deepEqual(ours, [])
      // of 100, where 0 is the least exposed
      await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit])
    },
  )

  test('every variable is explained in its configuration file, and none is set twice', async () => {
    const text = await readFile(join(await unpack(), 'etc/mog-agent/agent.env'), 'utf8')
    const example = await readFile('storage-agent/agent.env.example', 'utf8')
    assert.equal(text, example)
  })

  test(
    'it is installed, removed and purged; what was stored stays',
    needs('fakeroot'),
    async () => {
      const root = join(dir.path, 'installed')
      const state = join(root, 'var/lib/dpkg')
      for (const each of ['info', 'updates', 'triggers'])
        await mkdir(join(state, each), { recursive: true })
      for (const each of ['status', 'available']) await writeFile(join(state, each), '')
      const force = ['not-root', 'script-chrootless', 'depends'].map((each) => `--force-${each}`)
      const dpkg = (...args: string[]) =>
        run('fakeroot', ['dpkg', `--root=${root}`, `--log=/dev/null`, ...force, ...args])

      const { stdout } = await dpkg('-i', packaged.deb)
      assert.match(stdout, /mog-agent init --token TOKEN/)
      assert.ok((await stat(join(root, 'usr/bin/mog-agent'))).size > 1_000_000)
      assert.match(await readFile(join(root, 'etc/passwd'), 'utf8'), /^mogile-edge:/m)
      const data = join(root, 'var/mogdata/dev1')
      await mkdir(data, { recursive: true })
      await writeFile(join(data, '0000000001.fid'), 'bytes')

      await dpkg('-r', 'mogile-edge-agent')
      await assert.rejects(stat(join(root, 'usr/bin/mog-agent')), { code: 'ENOENT' })
      assert.ok((await stat(join(root, 'etc/mog-agent/agent.env'))).isFile())
      await dpkg('-P', 'mogile-edge-agent')
      await assert.rejects(stat(join(root, 'etc/mog-agent')), { code: 'ENOENT' })
      assert.equal(await readFile(join(data, '0000000001.fid'), 'utf8'), 'bytes')
    },
  )

  test('lintian has nothing against it', needs('lintian'), async () => {
    // around a small executable: to look at all of Node takes it a minute, and finds what is known
    const deb = await buildPackage(join(dir.path, 'unpacked'), '/bin/true', true)
    const env = { ...process.env, TMPDIR: dir.path } // where it leaves a file
    const { stdout } = await run('lintian', ['--allow-root', '--fail-on', 'none', deb], { env })
    assert.equal(stdout.trim(), '')
  })
})
