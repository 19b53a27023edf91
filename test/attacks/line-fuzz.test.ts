// Every command of the line gateway with any arguments, of any length, whole or cut off: one answer
// in its own words to each line, never a failure of ours, and nothing is kept of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { commands } from '#infra/line-gateway/commands.ts'
import { gatewayTo } from '../line-gateway/gateway.ts'
import { eventLog } from '../support/event-log.ts'
import { fileParts } from '../support/file-parts.ts'
import { LineClient } from '../support/line-client.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { hostileText, tries } from './fuzz.ts'

const world = fileParts.use(await trackerWorld({ hosts: 2 }))
const events = eventLog()
const gateway = fileParts.use(
  await gatewayTo({ trackerUrl: world.tracker().url, adminKey: world.adminKey }, { events }),
)

/** What commands have arguments for, so that a line gets behind the first check now and then. */
const PARAMETERS = [
  'domain class key dmid fid devid path size checksum checksumverify multi_dest noverify zone',
  'pathcount prefix after limit from_key to_key host hostname ip port altip altmask status state',
  'device weight mindevcount replpolicy hashtype duration value field from to count policy',
  'lastlogid uploadid callid paths',
].flatMap((line) => line.split(' '))
const GOOD = ['demo', 'default', 'thumb', 'kept', 'host-1', '1', '2', '0', 'alive', '127.0.0.1']

const escaped = (text: string) => encodeURIComponent(text.toWellFormed())
/** As no client escapes it: any bytes but the end of a line. */
const raw = fc.uint8Array({ maxLength: 60 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[\r\n]/g, '%'),
)
const value = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...GOOD) },
  { weight: 3, arbitrary: hostileText.map(escaped) },
  { weight: 2, arbitrary: raw },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 50_000 }).map((size) => '%61'.repeat(size / 3)),
  },
)
/** A command that waits is not asked to: it has a test. */
const names = [...commands.keys()].filter((name) => name !== 'sleep' && name !== 'httpcopy')
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty']
/** But `!watch`, whose lines come between others. */
const BANG = ['!stats', '!jobs', '!queue', '!recent', '!version', '!want', '!to', '!shutdown', '!x']
const line = fc
  .record({
    name: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...names) },
      { weight: 1, arbitrary: fc.oneof(raw, fc.constantFrom(...INHERITED)) },
      { weight: 1, arbitrary: fc.constantFrom(...BANG, ...INHERITED.map((name) => `!${name}`)) },
    ),
    given: fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), value), { maxLength: 7 }),
    cut: fc.option(fc.nat(80), { freq: 5 }),
  })
  .map(({ name, given, cut }) => {
    const whole = `${name} ${given.map(([field, text]) => `${field}=${text}`).join('&')}`
    return whole.slice(0, cut ?? 60_000).trimStart()
  })
  .filter((text) => text !== '')

/** What a gateway may say of a failure. */
const ANSWER = /^(?:OK [\x21-\x7e]*|ERR [a-z_]+ [\x21-\x7e]+(?: [\x21-\x7e]*)?)$/

async function answersTo(lines: readonly string[]): Promise<void> {
  await using client = await LineClient.connect(gateway.port)
  client.send(lines.map((text) => `${text}\r\n`).join(''))
  for (const text of lines)
    if (text.startsWith('!')) await untilDot(client)
    else assert.match((await client.line()) ?? 'no answer', ANSWER, text.slice(0, 300))
  assert.deepEqual(await client.ok('noop'), {}, 'each line had one answer')
  world.events.throwErrors()
  events.throwErrors()
}

/** Of a `!` command. */
async function untilDot(client: LineClient): Promise<void> {
  let told = await client.line()
  while (told !== '.') {
    assert.ok(told !== undefined, 'the gateway ended the connection')
    told = await client.line()
  }
}

test('whatever a client asks of any command is answered in words', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), answersTo),
    tries(80),
  )
  await untilTrue(() => gateway.activity.clients === 0, 'the clients are gone')
  assert.equal(gateway.activity.underWay.size, 0)
})

setFlagsFromString('--expose-gc')
async function heapBytes(): Promise<number> {
  await untilTrue(() => gateway.activity.clients === 0, 'the clients are gone')
  for (let nr = 0; nr < 3; nr++) {
    await new Promise((resolve) => setImmediate(resolve))
    runInNewContext('gc()')
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

test('of what is asked and refused, cut off or too long, nothing is kept', async () => {
  const long = `get_paths domain=demo&key=${'%'.repeat(60_000)}`
  const round = async (times: number) => {
    for (let nr = 0; nr < times; nr++) {
      await answersTo([`nothing${nr} a=%`, long, 'get_paths domain=%zz'])
      await using cut = await LineClient.connect(gateway.port)
      cut.send(nr % 2 === 0 ? long : 'x'.repeat(70_000))
      if (nr % 2 === 1) assert.match((await cut.line()) ?? '', /^ERR line_too_long /)
    }
    return heapBytes()
  }
  await round(100)
  const before = await round(100)
  const grown = (await round(300)) - before
  // 300 rounds asked with 54 MB: a tenth of that may be anything else's
  assert.ok(grown < 5_000_000, `${grown} bytes more`)
})
