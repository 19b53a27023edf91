// An agent with a certificate of its own, and with a second address for those inside.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import { CERTIFICATE_CHECK_MS } from '#agent/limits.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { testClock } from '#test/support/test-clock.ts'
import { makeCertificate } from './support/certificate.ts'
import { startHost } from './support/host.ts'

const LOOPS_AT_REST = 2
const inner = { host: '127.0.0.1', port: 0 }

/** The status at a URL, for somebody who trusts this certificate and no other. */
async function statusOf(url: string, ca: string): Promise<number> {
  const dispatcher = new Agent({ connect: { ca } })
  try {
    const { statusCode, body } = await request(url, { dispatcher })
    await body.dump()
    return statusCode
  } finally {
    await dispatcher.destroy()
  }
}

const inside = (host: { agent: { internalUrl?: string } }, url: string) => {
  const { pathname, search } = new URL(url)
  return `${host.agent.internalUrl}${pathname}${search}`
}

test('clients use TLS, the other agents and the trackers an inner address without', async () => {
  await using dir = await tempDir()
  const { ca, ...certificate } = await makeCertificate(dir.path)
  await using host = await startHost({ certificate, internalListen: inner })
  assert.match(host.agent.url, /^https:/)
  assert.match(host.agent.internalUrl ?? '', /^http:/)
  const stored = await fetch(inside(host, host.put(1)), { method: 'PUT', body: 'hello' })
  assert.equal(stored.status, 201)
  assert.equal(await statusOf(host.get(1), ca), 200)
  assert.equal(await (await fetch(inside(host, host.get(1)))).text(), 'hello')
})

test('a renewed certificate is taken without a restart', async () => {
  await using dir = await tempDir()
  const clock = testClock()
  const { ca: old, ...certificate } = await makeCertificate(dir.path)
  await using host = await startHost({ certificate, clock })
  const health = `${host.agent.url}/health`
  assert.equal(await statusOf(health, old), 200)

  const { ca } = await makeCertificate(dir.path)
  await clock.sleepers(LOOPS_AT_REST)
  clock.advance(CERTIFICATE_CHECK_MS)
  await host.events.next('certificate.reloaded')
  assert.equal(await statusOf(health, ca), 200)
  await assert.rejects(statusOf(health, old), /self-signed/)
})

test('a certificate that does not fit its key is refused, and the one before goes on', async () => {
  await using dir = await tempDir()
  const clock = testClock()
  const { ca, ...certificate } = await makeCertificate(dir.path)
  await using host = await startHost({ certificate, clock })
  await writeFile(certificate.keyFile, 'half a k')
  await clock.sleepers(LOOPS_AT_REST)
  clock.advance(CERTIFICATE_CHECK_MS)
  await host.events.next('certificate.refused')
  assert.equal(await statusOf(`${host.agent.url}/health`, ca), 200)
})

test('an agent whose certificate cannot be read does not start', async () => {
  const certificate = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' }
  await assert.rejects(startHost({ certificate }), /nowhere/)
})
