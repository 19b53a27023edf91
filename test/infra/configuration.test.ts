// What an operator wrote wrong in the environment of a tracker or an agent, and what they are told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig as readAgent } from '#agent/config.ts'
import { readConfig as readTracker } from '#infra/serve/config.ts'
import { nearestName } from '#shared/nearest-name.ts'

const agent = { MOG_TRACKER_URL: 'http://t', MOG_PUBLIC_URL: 'http://a:7500' }
const tracker = { DATABASE_URL: 'postgres://x', TRACKER_SECRET: 'at least 32 characters, as ever' }
const secure = { MOG_TLS_CERT: '/c.pem', MOG_TLS_KEY: '/k.pem' }

const names = ['MOG_LISTEN', 'MOG_ROOT', 'MOG_TLS_KEY', 'MOG_TLS_CERT']
for (const [typed, meant] of [
  ['MOG_LISTN', 'MOG_LISTEN'],
  ['MOG_LISTNE', 'MOG_LISTEN'],
  ['MOG_TLS_CRET', 'MOG_TLS_CERT'],
  ['MOG_ROOTS', 'MOG_ROOT'],
  ['SOMETHING_ELSE', undefined],
] as const)
  test(`${typed} most likely means ${meant ?? 'nothing that is known'}`, () => {
    assert.equal(nearestName(typed, names), meant)
  })

test('an agent refuses a variable that it does not know, with the one that was meant', () => {
  assert.throws(() => readAgent({ ...agent, MOG_CORS_ORIGIN: '*' }), {
    message: /MOG_CORS_ORIGIN is not known: do you mean MOG_CORS_ORIGINS\?/,
  })
})

const contradictions: [says: RegExp, env: Record<string, string>][] = [
  [/MOG_TLS_CERT and MOG_TLS_KEY are needed both/, { MOG_TLS_CERT: '/c.pem' }],
  [/begins with http:, but with MOG_TLS_CERT/, secure],
  [/MOG_INTERNAL_LISTEN is an address that/, { MOG_INTERNAL_LISTEN: '10.0.0.7:7500' }],
  [
    /MOG_SIDE_LISTEN is an address that/,
    { MOG_INTERNAL_LISTEN: '0.0.0.0:7501', MOG_SIDE_LISTEN: '10.0.0.7:7501' },
  ],
  [/\* stands alone/, { MOG_CORS_ORIGINS: 'https://a.example,*' }],
  [/must be origins like/, { MOG_CORS_ORIGINS: 'https://a.example/' }],
  [/begins and ends with/, { MOG_ACCEL_PREFIX: '/mogdata' }],
]
for (const [says, env] of contradictions)
  test(`an agent refuses what cannot be meant: ${Object.keys(env).join(' and ')}`, () => {
    assert.throws(() => readAgent({ ...agent, ...env }), says)
  })

test('a variable that is missing or empty is said to be so, by its name', () => {
  assert.throws(() => readAgent({}), { message: /^MOG_TRACKER_URL is not set$/m })
  assert.deepEqual(readTracker({ DATABASE_URL: '' }), {
    wrong: ['DATABASE_URL is not set', 'TRACKER_SECRET is not set'],
  })
})

test('an agent takes what fits together', () => {
  const config = readAgent({
    ...agent,
    ...secure,
    MOG_PUBLIC_URL: 'https://a:7500',
    MOG_INTERNAL_LISTEN: '10.0.0.7:7501',
    MOG_CORS_ORIGINS: 'https://a.example, https://b.example:8443',
  })
  assert.deepEqual(config.internalListen, { host: '10.0.0.7', port: 7501 })
  assert.deepEqual(config.certificate, { certFile: '/c.pem', keyFile: '/k.pem' })
  assert.deepEqual(config.origins, ['https://a.example', 'https://b.example:8443'])
})

test('a tracker refuses a variable that it does not know, with the one that was meant', () => {
  const secret = { TRACKER_SECRET: 'at least 32 characters, as ever in tests' }
  const read = readTracker({ ...tracker, ...secret, TRACKER_PROT: '7080', TRACKER_PORT: 'x' })
  assert.ok('wrong' in read)
  assert.match(read.wrong.join('\n'), /TRACKER_PROT is not known: do you mean TRACKER_PORT\?/)
  assert.match(read.wrong.join('\n'), /^TRACKER_PORT: /m)
})
