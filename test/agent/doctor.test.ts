// `mog-agent doctor` on hosts that are well and that are not: each finding says what to do.
import assert from 'node:assert/strict'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { judgeQueue } from '#agent/doctor/disks.ts'
import { judgeMount, mountOf, mountsIn } from '#agent/doctor/mounts.ts'
import { judgeClock } from '#agent/doctor/network.ts'
import { judgeOpenFiles } from '#agent/doctor/system.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { runAgent } from './support/agent-process.ts'
import { makeCertificate } from './support/certificate.ts'
import { type Host, startHost } from './support/host.ts'

const Findings = z.array(
  z.object({
    level: z.enum(['ok', 'warn', 'fail']),
    about: z.string(),
    says: z.string(),
    remedy: z.string().optional(),
  }),
)

async function diagnosed(env: Record<string, string>) {
  const { code, stdout } = await runAgent(['doctor', '--json'], env)
  return { code, findings: Findings.parse(JSON.parse(stdout)) }
}

const environmentOf = (host: Host, port = '1') => ({
  MOG_ROOT: host.root,
  MOG_TRACKER_URL: host.tracker.url,
  MOG_LISTEN: `127.0.0.1:${port}`,
})

test('a host that is well has nothing to do, and is not changed', async () => {
  await using host = await startHost()
  const { port } = new URL(host.agent.url)
  host.tracker.isHealthy = true
  const { code, findings } = await diagnosed({
    ...environmentOf(host, port),
    MOG_PUBLIC_URL: host.agent.url,
  })
  const wrong = findings.filter(({ level }) => level === 'fail')
  assert.deepEqual(wrong, [])
  assert.equal(code, 0)
  const says = findings.map(({ about, says: text }) => `${about}: ${text}`).join('\n')
  assert.match(says, /identity: this is host alpha/)
  assert.match(says, /clock: agrees with the tracker/)
  assert.match(says, /MOG_LISTEN: the agent is at/)
  assert.match(says, /public URL: .* leads here/)
  assert.ok(findings.every(({ level, remedy }) => level === 'ok' || remedy !== undefined))
})

test('what is wrong is told with what to do about it', async () => {
  await using host = await startHost({ devices: 2 })
  await using dir = await tempDir()
  await host.stop()
  await rm(join(host.root, 'dev2/mogile-device.json'))
  await chmod(join(host.root, 'agent.json'), 0o644)
  const { certFile, keyFile } = await makeCertificate(dir.path)
  const { code, findings } = await diagnosed({
    ...environmentOf(host),
    MOG_TRACKER_URL: 'http://127.0.0.1:1',
    MOG_LISTEN: '192.0.2.1:7500',
    MOG_PUBLIC_URL: 'https://storage-1.example.com',
    MOG_TLS_CERT: certFile,
    MOG_TLS_KEY: keyFile,
  })
  assert.equal(code, 1)
  const wrong = findings.filter(({ level }) => level === 'fail')
  const told = wrong.map(({ about, says, remedy }) => `${about}: ${says} DO ${remedy}`).join('\n')
  assert.match(told, /dev2: no identity file: is the disk mounted\? DO /)
  assert.match(told, /permissions: others may read the credential of this host DO run: chmod 600/)
  assert.match(told, /tracker http:\/\/127.0.0.1:1: does not answer/)
  assert.match(told, /MOG_LISTEN: 192.0.2.1:7500: EADDRNOTAVAIL DO this host has no address/)
  assert.match(told, /certificate: is not for storage-1.example.com/)
})

test('a host that is not enrolled, or not configured, is told the next command', async () => {
  await using dir = await tempDir()
  const tracker = { MOG_TRACKER_URL: 'http://127.0.0.1:1', MOG_LISTEN: '127.0.0.1:1' }
  const empty = await diagnosed({ ...tracker, MOG_ROOT: dir.path })
  const identity = empty.findings.find(({ about }) => about === 'identity')
  assert.match(identity?.remedy ?? '', /mog-agent init/)
  const mistyped = await diagnosed({ ...tracker, MOG_ROTO: '/x' })
  assert.match(JSON.stringify(mistyped.findings), /MOG_ROTO is not known: do you mean MOG_ROOT\?/)
})

test('for people it is a line each, and what to do below', async () => {
  await using dir = await tempDir()
  const { stdout, code } = await runAgent(['doctor'], {
    MOG_ROOT: dir.path,
    MOG_TRACKER_URL: 'http://127.0.0.1:1',
    MOG_LISTEN: '127.0.0.1:1',
  })
  assert.equal(code, 1)
  assert.match(stdout, /^ok {5}configuration: is complete$/m)
  assert.match(stdout, /^WRONG {2}identity: .* is not enrolled yet\n {7}do: run: mog-agent init/m)
})

test('a configuration file says what the environment does not', async () => {
  await using dir = await tempDir()
  const file = join(dir.path, 'agent.env')
  await writeFile(
    file,
    `# ours\nMOG_TRACKER_URL=http://127.0.0.1:1\nMOG_ROOT="${dir.path}"\nMOG_LSTEN=x\n`,
  )
  const { code, stderr } = await runAgent(['--config', file], {})
  assert.equal(code, 1)
  assert.match(stderr, /MOG_LSTEN is not known: do you mean MOG_LISTEN\?/)
  const missing = await runAgent(['--config', join(dir.path, 'none')], {})
  assert.match(missing.stderr, /ENOENT/)
})

const MOUNTS = `22 1 0:20 / / rw,relatime - overlay overlay rw
30 22 8:1 / /var/mogdata rw,noatime shared:1 - ext4 /dev/sda1 rw
31 30 8:17 / /var/mogdata/dev1 rw,noatime - xfs /dev/sdb1 rw
32 30 8:33 / /var/mogdata/dev\\0402 ro,relatime - ext4 /dev/sdc1 rw,barrier=0
33 30 0:9 / /var/mogdata/dev3 rw - tmpfs tmpfs rw`

test('a file system is judged by how it is mounted', () => {
  const mounts = mountsIn(MOUNTS)
  const at = (path: string) => {
    const mount = mountOf(mounts, path)
    assert.ok(mount !== undefined)
    return judgeMount('dev', mount, mount === mountOf(mounts, '/var/mogdata')).map(
      ({ says }) => says,
    )
  }
  assert.deepEqual(at('/var/mogdata/dev1'), ['is xfs on /dev/sdb1'])
  assert.deepEqual(at('/var/mogdata/dev 2'), [
    'is mounted read-only',
    'is mounted without barriers: fsync means nothing',
  ])
  assert.deepEqual(at('/var/mogdata/dev3'), ['lies in memory (tmpfs)', 'writes at every read'])
  assert.deepEqual(at('/var/mogdata/dev10'), ['shares the file system of the root (/dev/sda1)'])
})

const queue = (isRotating: boolean, schedulers: string) =>
  judgeQueue('dev1', { isRotating, schedulers, disk: 'sda' })?.remedy

test('a clock, a queue of a disk and a limit are judged by their numbers', () => {
  const nowMs = Date.parse('2026-11-22T12:00:00Z')
  const date = (ms: number) => new Date(nowMs + ms).toUTCString()
  assert.equal(judgeClock(date(-1_000), nowMs)[0]?.level, 'ok')
  assert.match(judgeClock(date(60_000), nowMs)[0]?.says ?? '', /is 61 s away|is 60 s away/)
  assert.match(queue(true, '[none] mq-deadline') ?? '', /echo mq-deadline > \/sys\/block\/sda/)
  assert.match(queue(false, 'none [bfq]') ?? '', /echo none/)
  assert.equal(queue(false, '[none] mq-deadline'), undefined)
  assert.equal(judgeOpenFiles('Max open files   1024   4096   files').level, 'warn')
  assert.equal(judgeOpenFiles('Max open files   1024   524288   files').level, 'ok')
})
