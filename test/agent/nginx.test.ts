// infra/nginx/mog-agent.conf in a real nginx: the agent checks tickets, nginx sends the bytes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Agent, fetch, type RequestInit } from 'undici'
import { startChild } from '#infra/dev/child.ts'
import { findFreePort } from '#infra/dev/loopback.ts'
import { digestOfChecksum } from '#shared/digests.ts'
import { Checksum } from '#shared/ids.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { makeCertificate } from './support/certificate.ts'
import { type Host, startHost } from './support/host.ts'

const conf = new URL('../../infra/nginx/mog-agent.conf', import.meta.url)
const PREFIX = '/mogdata/'
const PAGE = 'https://app.example.com'

const isInstalled = (() => {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
const needsNginx = { skip: isInstalled ? false : 'nginx is not installed' }

interface Fronted extends AsyncDisposable {
  host: Host
  /** A URL of the agent, as clients reach it. */
  at: (url: string, init?: RequestInit) => ReturnType<typeof fetch>
}

/** The configuration as it is shipped, but for its addresses and paths. */
async function shipped(replaced: Record<string, string>): Promise<string> {
  let text = await readFile(conf, 'utf8')
  for (const [from, to] of Object.entries(replaced)) {
    assert.ok(text.includes(from), from)
    text = text.replaceAll(from, to)
  }
  return text
}

const surroundings = (dir: string, server: string) => `
daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log stderr notice;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `  ${name}_temp_path ${dir}/${name};`)
  .join('\n')}
${server}
}
`

async function startFronted(): Promise<Fronted> {
  await using parts = new AsyncDisposableStack()
  const { path: dir } = parts.use(await tempDir())
  const host = parts.use(await startHost({ accelPrefix: PREFIX, origins: [PAGE] }))
  const { ca, certFile, keyFile } = await makeCertificate(dir)
  const port = await findFreePort()
  const server = await shipped({
    '127.0.0.1:7500': new URL(host.agent.url).host,
    'listen 443': `listen 127.0.0.1:${port}`,
    '/etc/mog-agent/tls/fullchain.pem': certFile,
    '/etc/mog-agent/tls/privkey.pem': keyFile,
    '/var/mogdata/': `${host.root}/`,
  })
  const own = join(dir, 'nginx')
  await mkdir(own)
  await writeFile(join(own, 'nginx.conf'), surroundings(own, server))
  const nginx = await startChild({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', own, '-c', join(own, 'nginx.conf'), '-e', 'stderr'],
    deathSignal: 'SIGTERM',
    ready: (line) => (line.includes('start worker process ') ? true : undefined),
    readyTimeoutMs: 10_000,
  })
  parts.use(nginx)
  const dispatcher = new Agent({ connect: { ca } })
  parts.defer(() => dispatcher.destroy())
  const running = parts.move()
  return {
    host,
    at(url, init) {
      const { pathname, search } = new URL(url)
      return fetch(`https://127.0.0.1:${port}${pathname}${search}`, { ...init, dispatcher })
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

test('a file is stored through nginx, and sent by it: whole and in part', needsNginx, async () => {
  await using fronted = await startFronted()
  const { host, at } = fronted
  const bytes = randomBytes(3_000_000)
  assert.equal((await at(host.put(1), { method: 'PUT', body: bytes })).status, 201)

  const checksum = Checksum.parse(`SHA-256:${createHash('sha256').update(bytes).digest('hex')}`)
  const ticket = { contentType: 'image/jpeg', checksum }
  const whole = await at(host.get(1, ticket), { headers: { origin: PAGE } })
  assert.deepEqual(Buffer.from(await whole.arrayBuffer()), bytes)
  const { headers } = whole
  assert.match(headers.get('server') ?? '', /nginx/)
  assert.equal(headers.get('x-accel-redirect'), null)
  assert.equal(headers.get('etag'), `"${checksum}"`)
  assert.equal(headers.get('repr-digest'), digestOfChecksum(checksum))
  assert.equal(headers.get('content-type'), 'image/jpeg')
  assert.equal(headers.get('cache-control'), 'private, max-age=31536000, immutable')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.equal(headers.get('access-control-allow-origin'), PAGE)

  const part = await at(host.get(1), { headers: { range: 'bytes=10-19' } })
  assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 10-19/3000000'])
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(10, 20))

  await rm(host.fileOf(1))
  assert.equal((await at(host.get(1))).status, 404)
})

test('what a client has already, and what a HEAD asks, the agent answers', needsNginx, async () => {
  await using fronted = await startFronted()
  const { host, at } = fronted
  await at(host.put(1), { method: 'PUT', body: 'hello' })
  const known = await at(host.get(1), { headers: { 'if-none-match': '"1"' } })
  assert.equal(known.status, 304)
  const head = await at(host.get(1), { method: 'HEAD' })
  assert.equal(head.headers.get('content-length'), '5')
})

test('nothing is had without a ticket, nor past the agent', needsNginx, async () => {
  await using fronted = await startFronted()
  const { host, at } = fronted
  await at(host.put(1), { method: 'PUT', body: 'hello' })
  const file = 'dev1/0/000/000/0000000001.fid'
  for (const path of [`/${file}`, `${PREFIX}${file}`, `${PREFIX}agent.json`])
    assert.ok([403, 404].includes((await at(`https://x${path}`)).status), path)
  assert.equal((await at('https://x/metrics')).status, 403, 'it asks for somebody else')
  const { search } = new URL(host.get(2))
  assert.equal((await at(`https://x/${file}${search}`)).status, 403)
})

test('who reaches the agent past nginx gets the bytes from the agent', async () => {
  await using host = await startHost({ accelPrefix: PREFIX })
  await fetch(host.put(1), { method: 'PUT', body: Buffer.from('hello') })
  assert.equal(await (await fetch(host.get(1))).text(), 'hello')
})
