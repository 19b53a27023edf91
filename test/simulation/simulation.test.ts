// Stories that seeds tell: some that are always told, and one that was never told before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverUrl } from '#test/support/database.ts'
import { report } from './report.ts'
import { simulator } from './simulator.ts'
import { drawStory } from './story/draw.ts'
import type { Story } from './story/step.ts'

const STEPS = 40
const FIXED = ['3', '6']

const simulate = await simulator(await serverUrl('newest'))

async function expectToHold(story: Story): Promise<void> {
  const verdict = await simulate(story)
  assert.ok(verdict.breach === undefined, report(story, verdict))
  assert.ok(verdict.history.acknowledged > 0, 'a story in which nothing is stored says nothing')
}

for (const seed of FIXED)
  test(`all promises hold in the story of seed ${seed}`, () => expectToHold(drawStory(seed, STEPS)))

const fresh = String(Date.now() % 1_000_000)
test(`all promises hold in a story that is new: seed ${fresh}`, () =>
  expectToHold(drawStory(fresh, STEPS)))

test('what was acknowledged survives a power cut, on a device that was opened just now', () =>
  expectToHold({
    seed: 'first power cut',
    hosts: 2,
    devicesPerHost: 1,
    trackers: 1,
    clients: 1,
    steps: [
      { atMs: 0, act: { do: 'put', client: 0, key: 'k/1', bytes: 900, class: 'default' } },
      { atMs: 5_000, act: { do: 'power', host: 0, forMs: 1_000 } },
      { atMs: 5_000, act: { do: 'power', host: 1, forMs: 1_000 } },
    ],
  }))

test('the same seed tells the same story', async () => {
  const story = drawStory('same', 12)
  const [one, other] = [await simulate(story), await simulate(story)]
  assert.deepEqual(one.history.reads, other.history.reads)
  assert.equal(one.happened, other.happened)
})
