// What is short is said first, and the table tells what of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

const rest = { domain: 'photos', class: 'default', copies: 2, bytes: 5_000, lost: 1 }
const body = {
  short: 3,
  lost: 1,
  unreadable: 2,
  classes: [
    {
      ...rest,
      files: 12,
      short: 3,
      unreadable: 2,
      byCopies: [
        { copies: 0, hosts: 0, files: 1, bytes: 500, sinceMs: 0 },
        { copies: 1, hosts: 1, files: 2, bytes: 1_000, sinceMs: null },
        { copies: 2, hosts: 2, files: 9, bytes: 3_500, sinceMs: 1_000 },
      ],
    },
  ],
}

test('files by their copies, and a sentence', async () => {
  await using world = await standIn({ nodes: 1 })
  answer(world, 200, body)
  const said = await mog(['durability'], { world, cwd: '/' })
  assert.deepEqual(said.out.trimEnd().split('\n'), [
    '3 files are short of their class, 1 of them without a copy; 2 cannot be read now.',
    '',
    'DOMAIN  CLASS    COPIES  HOSTS  FILES   BYTES  SINCE',
    'photos  default  0 of 2      0      1   500 B  1970-01-01T00:00:00Z  LOST',
    'photos  default  1 of 2      1      2  1.0 kB  now                   short',
    'photos  default  2 of 2      2      9  3.5 kB  1970-01-01T00:00:01Z',
  ])
  answer(world, 200, { short: 0, lost: 0, unreadable: 0, classes: [] })
  const healthy = await mog(['durability'], { world, cwd: '/' })
  assert.match(healthy.out, /^Every file has the copies/)
})
