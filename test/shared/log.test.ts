// What stands in a log: one line an event, for machines or for people, and never a secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { errorFacts, type LogForm, logEvents } from '#shared/events.ts'
import { newSecret } from '#shared/mac.ts'
import { requestIdOf } from '#shared/request-id.ts'

function logged(form: LogForm) {
  const lines: string[] = []
  const events = logEvents('agent', { form, least: 'warn', write: (line) => lines.push(line) })
  return { lines, events }
}

const key = newSecret('mog')
const ticket =
  'http://n:7500/dev1/0/000/000/0000000001.fid?verb=GET&until=9&key=1&sig=VONCL_KfT-_UO4'

for (const form of ['json', 'pretty'] as const)
  test(`no secret passes into a log, as ${form}`, () => {
    const { lines, events } = logged(form)
    events.emit('warn', 'node.refused', {
      url: ticket,
      header: `Bearer ${key}`,
      credential: 'hush-1',
      nested: { adminToken: 'hush-2', list: [ticket, `key ${key}`] },
      database: 'postgres://mogile:hush-3@db:5432/mogile',
      ...errorFacts(new Error(`cannot reach ${ticket}`, { cause: new Error(key) })),
    })
    const text = lines.join('\n')
    for (const secret of ['VONCL', key, 'hush-1', 'hush-2', 'hush-3'])
      assert.ok(!text.includes(secret), secret)
    assert.match(text, /until=9/, 'what is no secret stays')
    assert.match(text, /db:5432/)
  })

test('an event is one line of JSON, and what weighs less is not written', () => {
  const { lines, events } = logged('json')
  events.emit('info', 'agent.synced')
  events.emit('error', 'job.failed', { jobId: 7, why: 'a "line"\nand another' })
  assert.equal(lines.length, 1)
  const { at, ...others } = z.looseObject({ at: z.string() }).parse(JSON.parse(lines[0] ?? ''))
  assert.match(at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  const facts = { jobId: 7, why: 'a "line"\nand another' }
  assert.deepEqual(others, { level: 'error', source: 'agent', event: 'job.failed', ...facts })
})

test('on a terminal an event reads as time, level, name and facts, its stack below', () => {
  const { lines, events } = logged('pretty')
  events.emit('warn', 'device.fenced', {
    deviceId: 3,
    reason: 'does not answer',
    nothing: undefined,
  })
  events.emit('error', 'job.failed', { error: 'x', stack: 'Error: x\n    at there' })
  // oxlint-disable-next-line no-control-regex -- the colours of a terminal are control characters
  const [first, second] = lines.map((line) => line.replaceAll(/\x1b\[\d+m/g, ''))
  assert.match(
    first ?? '',
    /^[\d:.]{12} WARN {2}device\.fenced deviceId=3 reason="does not answer"$/,
  )
  assert.match(second ?? '', /^[\d:.]{12} ERROR job\.failed error=x\nError: x\n {4}at there$/)
})

const make = () => 'made here'

test('a client may name its request, but may not write the log', () => {
  assert.equal(requestIdOf('7f3a:b-c.d_1', make), '7f3a:b-c.d_1')
  for (const given of [undefined, '', 'a b', 'x\n{"level":"error"}', 'x'.repeat(65), ['a']])
    assert.equal(requestIdOf(given, make), 'made here')
})
