// One client's connection: order, bounds, and how it ends.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import fc from 'fast-check'
import { LOOK_AT_CLIENTS_MS, MAX_UNDER_WAY, STALLED_MS } from '#infra/line-gateway/limits.ts'
import { fileParts } from '../support/file-parts.ts'
import { LineClient, readLine } from '../support/line-client.ts'
import { type TestClock, testClock } from '../support/test-clock.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { gatewayTo } from './gateway.ts'

const world = fileParts.use(await trackerWorld())
const behind = { trackerUrl: world.tracker().url, adminKey: world.adminKey }

async function client(clock?: TestClock) {
  const own = new AsyncDisposableStack()
  const gateway = own.use(await gatewayTo(behind, { clock }))
  const line = own.use(await LineClient.connect(gateway.port))
  return { gateway, line, [Symbol.asyncDispose]: () => own.disposeAsync() }
}

test('a command may come in pieces, and end with LF or CRLF; empty lines are nothing', async () => {
  await using made = await client()
  const { line } = made
  for (const piece of ['no', 'op\r', '\n\r\n\n', 'noop callid=', '2\nnoop callid=3\r\n']) {
    line.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(
    [await line.line(), await line.line(), await line.line()],
    ['OK ', 'OK callid=2', 'OK callid=3'],
  )
})

test('what is sent at once is answered in order; a change is seen by what follows', async () => {
  await using made = await client()
  const { line } = made
  const asked = [
    'create_domain domain=pipelined&callid=1',
    'list_keys domain=pipelined&callid=2',
    'create_class domain=pipelined&class=c&mindevcount=1&callid=3',
    'get_paths domain=pipelined&key=x&callid=4',
    'nothing callid=5',
    'delete_domain domain=pipelined&callid=6',
    'delete_class domain=pipelined&class=c&callid=7',
    'delete_domain domain=pipelined&callid=8',
    'list_keys domain=pipelined&callid=9',
  ]
  line.send(`${asked.join('\r\n')}\r\n`)
  const codes: (string | undefined)[] = []
  for (const [index] of asked.entries()) {
    const answer = await line.line()
    assert.match(answer ?? '', new RegExp(`(callid=| )${index + 1}$`))
    codes.push(readLine(answer).code)
  }
  assert.deepEqual(codes, [
    undefined,
    'none_match',
    undefined,
    'unknown_key',
    'unknown_command',
    'domain_has_classes',
    undefined,
    undefined,
    'unreg_domain',
  ])
})

test('thousands of commands at once are all answered, however slowly they are taken', async () => {
  await using made = await client()
  const { line } = made
  const count = 20_000
  line.send('noop\r\n'.repeat(count))
  line.finish()
  for (let nr = 0; nr < count; nr++) assert.equal(await line.line(), 'OK ')
  assert.equal(await line.line(), undefined, 'ended, for the client had')
})

test('of long lines that wait, no more is read than may be kept', async () => {
  const clock = testClock()
  await using made = await client(clock)
  const { gateway, line } = made
  const deaf = connect({ port: gateway.port, host: '127.0.0.1' }).pause()
  deaf.on('error', () => undefined) // cut off in the end
  const asked = `noop callid=${'x'.repeat(60_000)}\r\n`
  let sent = 0
  const sendNext = () => {
    if (sent < 900) deaf.write(asked, sendNext)
    sent += 1
  }
  sendNext()
  let others = 0
  await untilTrue(async () => {
    const before = sent
    for (let n = 0; n < 20; n++, others++) await line.ok('noop')
    return gateway.activity.commands > others && sent === before
  }, 'nothing more is read')
  assert.ok(sent < 900, 'the client keeps the rest')
  await untilTrue(() => {
    clock.advance(STALLED_MS)
    return gateway.activity.clients === 1
  }, 'it is let go')
  deaf.destroy()
})

test('a line that is longer than any command is refused, and the connection ends', async () => {
  await using made = await client()
  const { line } = made
  line.send(`noop\r\nget_paths key=${'x'.repeat(100_000)}\r\nnoop\r\n`)
  assert.equal(await line.line(), 'OK ')
  assert.equal(readLine(await line.line()).code, 'line_too_long')
  assert.equal(await line.line(), undefined)
})

test('who goes on with such a line is not cut off while it may still read why', async () => {
  const clock = testClock()
  await using made = await client(clock)
  const { gateway, line } = made
  const half = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
  half.on('error', () => undefined) // cut off in the end
  half.write('x'.repeat(100_000))
  assert.equal(readLine(await text(half)).code, 'line_too_long')
  for (let n = 0; n < 3; n++) {
    half.write('x'.repeat(1_000))
    await line.ok('noop')
  }
  assert.equal(gateway.activity.clients, 2)
  await untilTrue(() => {
    clock.advance(STALLED_MS)
    half.write('x')
    return gateway.activity.clients === 1
  }, 'it is let go, whatever it sends')
})

test('a client that does not end a line is let go; one that is idle is not', async () => {
  const clock = testClock()
  await using made = await client(clock)
  await using idle = await LineClient.connect(made.gateway.port)
  assert.deepEqual(await idle.ok('noop'), {})
  made.line.send('noop\r\nget_pa')
  assert.equal(await made.line.line(), 'OK ')
  clock.advance(STALLED_MS + 1)
  clock.advance(LOOK_AT_CLIENTS_MS)
  assert.equal(await made.line.line(), undefined)
  assert.deepEqual(await idle.ok('noop'), {})
})

test('a client that takes no answers is given no more, and is let go', async () => {
  const clock = testClock()
  await using made = await client(clock)
  const { gateway, line } = made
  line.stopReading()
  const asked = 60_000
  line.send(`noop callid=${'x'.repeat(200)}\r\n`.repeat(asked))
  await using other = await LineClient.connect(gateway.port)
  await untilTrue(async () => {
    const before = gateway.activity.commands
    for (let n = 0; n < 20; n++) await other.ok('noop')
    return before > 20 && gateway.activity.commands === before + 20
  }, 'nothing more is done for it')
  assert.ok(gateway.activity.commands < asked)
  clock.advance(STALLED_MS + 1)
  await untilTrue(() => {
    clock.advance(LOOK_AT_CLIENTS_MS)
    return gateway.activity.clients === 1
  }, 'it is let go, and the other is not')
})

test('whoever sends rubbish gets refusals, and the next client is served', async () => {
  await using made = await client()
  const { gateway } = made
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 5 }), async (all) => {
      await using rubbish = await LineClient.connect(gateway.port)
      for (const bytes of all) rubbish.send(Buffer.from(bytes).toString('latin1'))
      rubbish.send('\nnoop callid=last\n')
      rubbish.finish()
      let answer = await rubbish.line()
      let last = answer
      while (answer !== undefined) {
        last = answer
        answer = await rubbish.line()
      }
      assert.equal(last, 'OK callid=last')
    }),
    { numRuns: 50 },
  )
  await untilTrue(() => gateway.activity.clients === 1, 'the others are gone')
  assert.equal(gateway.activity.underWay.size, 0)
})

test('what a `!` command tells is about this gateway, and nobody is ended by it', async () => {
  await using made = await client()
  const { line } = made
  assert.match((await line.lines('!version')).join(), /^2\.73 /)
  const stats = await line.lines('!stats')
  assert.match(stats.join('\n'), /^uptime \d+\npending_queries 0\n(.*\n)*queries 0\n/)
  assert.match((await line.lines('!jobs')).join('\n'), /^queryworker count 1\n/)
  assert.ok(stats.includes(`bored_queryworkers ${MAX_UNDER_WAY}`), stats.join())
  assert.equal((await line.lines('!queue')).length, 0)
  await line.ok('noop')
  assert.equal((await line.lines('!recent')).length, 1)
  for (const command of ['!shutdown', '!want 5 replicate', '!to fsck :x', '!what'])
    assert.notEqual((await line.lines(command)).length, 0)
  for (const inherited of ['!constructor', '!__proto__', '!toString', '!hasOwnProperty x'])
    assert.deepEqual(await line.lines(inherited), await line.lines('!help'), inherited)
  assert.deepEqual(await line.ok('noop'), {})
})

test('who watches is told what goes wrong for anybody', async () => {
  await using made = await client()
  const { gateway, line } = made
  await line.lines('!watch')
  await using other = await LineClient.connect(gateway.port)
  assert.equal(await other.refusal('get_paths', { domain: 'nowhere', key: 'k' }), 'unreg_domain')
  assert.match((await line.line()) ?? '', /^:: \[get_paths\] unreg_domain: /)
  assert.equal((await line.lines('!watch')).length, 1)
})

test('where one of its trackers does not answer, a gateway asks the next', async () => {
  await using own = new AsyncDisposableStack()
  const trackerUrl = ['http://127.0.0.1:1', world.tracker().url]
  const gateway = own.use(await gatewayTo({ trackerUrl, adminKey: world.adminKey }))
  const line = own.use(await LineClient.connect(gateway.port))
  await line.ok('create_domain', { domain: 'by the second' })
  await line.ok('delete_domain', { domain: 'by the second' })
})

test('a gateway without a tracker says so to every command, and goes on listening', async () => {
  await using own = new AsyncDisposableStack()
  const gateway = own.use(await gatewayTo({ trackerUrl: 'http://127.0.0.1:1', adminKey: 'x' }))
  const line = own.use(await LineClient.connect(gateway.port))
  assert.equal(await line.refusal('get_paths', { domain: 'd', key: 'k' }), 'failure')
  assert.deepEqual(await line.ok('noop'), {})
})
