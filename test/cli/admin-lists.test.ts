// Lists of the namespace and of what was changed: domains, classes, the audit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

const plain = {
  policy: 'MultipleHosts()',
  checksumKind: 'SHA-256',
  commitAt: 1,
  trashS: 0,
  cacheS: null,
  publicRead: false,
}
const unbounded = { quotaBytes: null, quotaFiles: null }

test('domains and changes are tables for people, and the answer for programs', async () => {
  await using world = await standIn({ nodes: 1 })
  const lists: [words: string, body: unknown, out: string[]][] = [
    [
      'domain ls',
      {
        domains: [
          { name: 'demo', ...unbounded, classes: [{ name: 'default', copies: 2, ...plain }] },
          { name: 'guests', quotaBytes: 5e11, quotaFiles: 100, classes: [] },
        ],
      },
      [
        'DOMAIN   QUOTA  FILES  CLASSES (COPIES)',
        'demo         -      -  default (2)',
        'guests  500 GB    100',
      ],
    ],
    [
      'audit --after 6',
      {
        entries: [
          {
            auditId: 7,
            atMs: 0,
            apiKeyId: 3,
            who: 'ops',
            noun: 'class',
            verb: 'change',
            subject: 'demo/thumb',
            before: { copies: 1 },
            after: { copies: 2 },
          },
          {
            auditId: 8,
            atMs: 1_000,
            apiKeyId: null,
            who: 'psql',
            noun: 'setting',
            verb: 'delete',
            subject: 'leaseMs',
            before: { value: 500 },
            after: null,
          },
        ],
        nextAfter: 8,
      },
      [
        'N  WHEN                  WHO          DID                      WHAT',
        '7  1970-01-01T00:00:00Z  ops (key 3)  change class demo/thumb  copies 1 -> 2',
        '8  1970-01-01T00:00:01Z  psql         delete setting leaseMs   value 500',
      ],
    ],
  ]
  for (const [words, body, out] of lists) {
    answer(world, 200, body)
    const said = await mog(words.split(' '), { world, cwd: '/' })
    assert.deepEqual([said.code, said.out.trimEnd().split('\n')], [0, out], words)
    answer(world, 200, body)
    const json = await mog([...words.split(' '), '--json'], { world, cwd: '/' })
    assert.deepEqual(JSON.parse(json.out), body)
  }
})

test('classes are listed of one domain or of all', async () => {
  await using world = await standIn({ nodes: 1 })
  const classes = [{ name: 'default', copies: 2, ...plain }]
  const body = {
    domains: [
      { name: 'a', ...unbounded, classes },
      { name: 'b', ...unbounded, classes },
    ],
  }
  answer(world, 200, body)
  assert.equal((await mog(['class', 'ls'], { world, cwd: '/' })).out.split('\n').length, 4)
  answer(world, 200, body)
  const one = await mog(['class', 'ls', 'b', '--json'], { world, cwd: '/' })
  const shown = { domain: 'b', name: 'default', copies: 2, ...plain }
  assert.deepEqual(JSON.parse(one.out), { classes: [shown] })
  answer(world, 200, body)
  const none = await mog(['class', 'ls', 'c'], { world, cwd: '/' })
  assert.match(none.err, /There is no domain c \(unreg_domain\)\n {2}Create it with/)
})
