// What a person sees of a long work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { humanBytes, humanMs } from '#infra/cli/human-units.ts'
import { progressBar, progressLine } from '#infra/cli/progress-bar.ts'
import { table } from '#infra/cli/table.ts'
import { testClock } from '#test/client/test-clock.ts'

function terminal(isTTY: boolean) {
  const written: string[] = []
  return { written, stream: { isTTY, columns: 0, write: (text: string) => written.push(text) } }
}

test('the line tells the share, the amount, the rate and the time that is left', () => {
  const work = { label: 'storing', total: 30_000_000, unit: 'bytes' }
  assert.equal(
    progressLine(work, 12_300_000, 4_100_000),
    'storing  [=========>              ]  41 %  12.3 MB of 30.0 MB  4.1 MB/s  4.3 s left',
  )
  assert.match(progressLine(work, 30_000_000, 1), /\[={24}\] 100 %/)
  assert.match(progressLine({ ...work, total: 0 }, 0, 0), /100 %/)
  assert.match(progressLine(work, 0, 0), / \? left$/)
  const unknown = { label: 'storing', total: undefined, unit: 'bytes' }
  assert.equal(progressLine(unknown, 500, 20), 'storing  500 B  20 B/s')
  const files = { label: 'checking', total: 40, unit: 'files' }
  assert.match(progressLine(files, 12, 3.21), /12 files of 40 files {2}3\.2 files\/s/)
})

test('a terminal is drawn upon a few times a second, over the same line', () => {
  const { written, stream } = terminal(true)
  const clock = testClock()
  const bar = progressBar({ label: 'x', total: 1_000, unit: 'files', stream, clock })
  for (let at = 0; at < 1_000; at++) {
    clock.advance(1)
    bar.advance(1)
  }
  bar.done()
  assert.equal(written.length, 1 + 10 + 1)
  assert.ok(written.every((text) => text.startsWith('\r\u001B[K') && text.length <= 4 + 79))
  assert.equal(written.at(-1), '\r\u001B[Kx: 1000 files in 1 s, 1000 files/s\n')
})

test('the rate follows the last seconds', () => {
  const { written, stream } = terminal(true)
  const clock = testClock()
  const bar = progressBar({ label: 'x', total: 10_000, unit: 'files', stream, clock })
  const run = (seconds: number, rate: number) => {
    for (let at = 0; at < seconds; at++) {
      clock.advance(1_000)
      bar.advance(rate)
    }
  }
  run(20, 10)
  assert.match(written.at(-1) ?? '', / 10 files\/s /)
  run(20, 200)
  assert.match(written.at(-1) ?? '', / 200 files\/s /)
})

test('a log gets a line at the beginning and one at the end', () => {
  const { written, stream } = terminal(false)
  const clock = testClock()
  const bar = progressBar({ label: 'storing', total: 3_000, unit: 'bytes', stream, clock })
  clock.advance(1_500)
  bar.advance(3_000)
  bar.hide()
  bar.done()
  assert.deepEqual(written, ['storing: 3.0 kB\n', 'storing: 3.0 kB in 1.5 s, 2.0 kB/s\n'])
})

test('amounts and times are told in the units of people', () => {
  const bytes = [0, 999, 1_000, 12_345, 99_960, 999_499, 999_500, 1.5e9, 2e18]
  assert.deepEqual(bytes.map(humanBytes), [
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 kB',
    '100 kB',
    '999 kB',
    '1.0 MB',
    '1.5 GB',
    '2000 PB',
  ])
  const times = [0, 20, 999, 1_500, 59_900, 61_000, 3_600_000, 7_500_000, 90_000_000, 86_400_000]
  assert.deepEqual(times.map(humanMs), [
    '0 ms',
    '20 ms',
    '999 ms',
    '1.5 s',
    '1 min',
    '1 min 1 s',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
    '1 d',
  ])
})

test('columns are aligned, whatever is in them', () => {
  const columns = [['N', 'right'], ['NAME'], ['X']] as const
  assert.equal(
    table(columns, [
      ['1', 'Zoe\u0308', ''],
      ['12', 'b\u001Bc', 'y'],
    ]),
    [' N  NAME      X', ' 1  Zoe\u0308', '12  b\\u001bc  y'].join('\n'),
  )
})
