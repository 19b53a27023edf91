// Stories that seeds tell, always the same ones. `npm run simulate -- --seed new` tells others, as
// many as one likes.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { startTestPostgres } from '#test/support/test-postgres.ts'
import { mutated } from './mutations/mutation.ts'
import { mutations } from './mutations/mutations.ts'
import { report } from './report.ts'
import { simulator } from './simulator.ts'
import { drawStory } from './story/draw.ts'
import type { Step, Story } from './story/step.ts'

const STEPS = 40
const FIXED = ['6', '102']

// of their own: how far a feed may be read depends on what goes on in any database of its server
const postgres = await startTestPostgres('newest')
after(() => postgres[Symbol.asyncDispose]())
const simulate = await simulator(postgres.url)

async function expectToHold(story: Story): Promise<void> {
  const verdict = await simulate(story)
  assert.ok(verdict.breach === undefined, report(story, verdict))
}

for (const seed of FIXED)
  test(`all promises hold in the story of seed ${seed}`, () => expectToHold(drawStory(seed, STEPS)))

test('what was acknowledged survives a power cut, on devices that are quite new', async () => {
  const puts = [900, 300_000, 900, 300_000].map(
    (bytes, n): Step => ({
      atMs: n,
      act: { do: 'put', client: 0, key: `k/${n}`, bytes, class: 'thumb' },
    }),
  )
  const blackout: Step = { atMs: 200, act: { do: 'blackout', forMs: 1_000 } }
  const shape = { hosts: 2, devicesPerHost: 1, trackers: 1, clients: 1, scrubs: false }
  const story = { seed: 'first blackout', ...shape, steps: [...puts, blackout] }
  const verdict = await simulate(story)
  assert.ok(verdict.breach === undefined, report(story, verdict))
  assert.equal(verdict.history.acknowledged, puts.length)
})

test('what lies in a journal alone is not read torn where the disk turned read-only', async () => {
  const keys = Array.from({ length: 8 }, (_, n) => ({ client: 0, key: `k/${n}` }))
  const puts = keys.map((key, n): Step => {
    return { atMs: n, act: { do: 'put', ...key, bytes: 40_000, class: 'thumb' } }
  })
  const gets = keys.map((key, n): Step => ({ atMs: 6_000 + n, act: { do: 'get', ...key } }))
  const broken = [1, 2].map((device): Step => {
    const act = { do: 'trouble-disk', trouble: 'readonly', device, forMs: 70_000 } as const
    return { atMs: 200, act }
  })
  const blackout: Step = { atMs: 210, act: { do: 'blackout', forMs: 1_000 } }
  const shape = { hosts: 2, devicesPerHost: 1, trackers: 1, clients: 1, scrubs: true }
  const steps = [...puts, ...broken, blackout, ...gets]
  const verdict = await simulate({ seed: 'read-only', ...shape, steps })
  assert.ok(verdict.breach === undefined, report({ seed: 'read-only', ...shape, steps }, verdict))
  assert.equal(verdict.history.acknowledged, keys.length)
})

test('reports that come late call no erasing off that was ordered meanwhile', async () => {
  const keys = Array.from({ length: 12 }, (_, n) => ({ client: n % 3, key: `k/${n}` }))
  const puts = keys.map((key, n): Step => {
    return { atMs: 150 * n, act: { do: 'put', ...key, bytes: 900, class: 'default' } }
  })
  const trouble = { do: 'trouble', lost: 0, twice: 0.3, cut: 0, late: 0.6, forMs: 20_000 } as const
  const deletes = keys.map((key, n): Step => {
    return { atMs: 2_500 + 300 * n, act: { do: 'delete', ...key } }
  })
  const shape = { hosts: 3, devicesPerHost: 1, trackers: 2, clients: 3, scrubs: false }
  const steps = [...puts, { atMs: 600, act: trouble }, ...deletes].toSorted(
    (a, b) => a.atMs - b.atMs,
  )
  await expectToHold({ seed: 'late 2', ...shape, steps })
})

test('overwrites of one key that meet leave one file, and bury all that they replace', async () => {
  const steps = Array.from({ length: 36 }, (_, n): Step => {
    const key = { client: n % 3, key: `k/${n % 2}` }
    const act = { do: 'put', ...key, bytes: 900, class: 'thumb' } as const
    return { atMs: 400 * Math.floor(n / 6), act }
  })
  const shape = { hosts: 2, devicesPerHost: 1, trackers: 2, clients: 3, scrubs: false }
  await expectToHold({ seed: 'overwrites', ...shape, steps })
})

test('files are deleted while the database answers now and then only', async () => {
  const keys = Array.from({ length: 12 }, (_, n) => ({ client: n % 3, key: `k/${n}` }))
  const puts = keys.map((key, n): Step => {
    return { atMs: 150 * n, act: { do: 'put', ...key, bytes: 900, class: 'default' } }
  })
  const deletes = keys.map((key, n): Step => {
    return { atMs: 6_000 + 1_500 * n, act: { do: 'delete', ...key } }
  })
  const trouble = { do: 'trouble', lost: 0.3, twice: 0, cut: 0, late: 0, forMs: 30_000 } as const
  const shape = { hosts: 3, devicesPerHost: 1, trackers: 2, clients: 3, scrubs: false }
  const steps = [...puts, { atMs: 5_900, act: trouble }, ...deletes]
  await expectToHold({ seed: 'deletes', ...shape, steps })
})

test('one file that cannot be read does not keep a whole device away after a crash', async () => {
  const keys = Array.from({ length: 4 }, (_, n) => ({ client: 0, key: `k/${n}` }))
  const puts = keys.map((key, n): Step => {
    return { atMs: 10 * n, act: { do: 'put', ...key, bytes: 900, class: 'thumb' } }
  })
  const steps: Step[] = [
    ...puts,
    { atMs: 5_000, act: { do: 'harm', how: 'unreadable', device: 1, nth: 0 } },
    { atMs: 5_010, act: { do: 'kill', host: 0, forMs: 1_000 } },
    ...keys.map((key, n): Step => ({ atMs: 12_000 + n, act: { do: 'get', ...key } })),
  ]
  const shape = { hosts: 1, devicesPerHost: 1, trackers: 1, clients: 1, scrubs: false }
  const { breach, history } = await simulate({ seed: 'bad sector', ...shape, steps })
  assert.equal(breach, undefined)
  assert.equal(history.acknowledged, keys.length)
  const reads = history.reads.filter(({ verb }) => verb === 'get')
  assert.equal(reads.length, keys.length, 'what one crash left can all be read')
})

test('the same seed tells the same story', async () => {
  const story = drawStory('same', 10)
  const [one, other] = [await simulate(story), await simulate(story)]
  assert.ok(one.history.acknowledged > 0, 'a story in which nothing is stored says nothing')
  assert.deepEqual(one.history.reads, other.history.reads)
  assert.equal(one.happened, other.happened)
})

test('every known bug can be put back into the tree as it is', async () => {
  for (const { edits } of mutations) {
    const texts = new Map<string, string>()
    for (const edit of edits) {
      const path = new URL(`../../${edit.file}`, import.meta.url)
      const text = texts.get(edit.file) ?? (await readFile(path, 'utf8'))
      texts.set(edit.file, mutated(text, edit))
    }
  }
})
