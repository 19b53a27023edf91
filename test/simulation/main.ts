// `npm run simulate -- [--seed N|new] [--steps M] [--seeds K] [--minutes T]`: plays stories, says
// how many held, and of one that breaks a promise tells the shortest form that it finds. Exit code
// 1 then. `--whole` shrinks none, `--first` ends there; `--verbose`: what was said.
import { parseArgs } from 'node:util'
import { startTestPostgres } from '#test/support/test-postgres.ts'
import { report, saidOf, summary } from './report.ts'
import type { Verdict } from './run-story.ts'
import { shrink } from './shrink.ts'
import { type Simulate, simulator } from './simulator.ts'
import { drawStory } from './story/draw.ts'
import { Telling } from './telling.ts'

const SHRINK_MS = 120_000
const MINUTE_MS = 60_000

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const { values } = parseArgs({
  options: {
    seed: text,
    steps: text,
    seeds: text,
    minutes: text,
    first: flag,
    whole: flag,
    verbose: flag,
  },
})
const began = performance.now()
const first = values.seed === 'new' ? Math.floor(Math.random() * 1e9) : Number(values.seed ?? 1)
const seeds = values.minutes === undefined ? Number(values.seeds ?? 1) : Infinity
const endMs = Number(values.minutes ?? Infinity) * MINUTE_MS
const steps = Number(values.steps ?? 40)

await using postgres = await startTestPostgres('newest')
const simulate = await simulator(postgres.url)
const telling = new Telling(first, steps)
console.log(`stories of ${steps} steps, from seed ${first} on`)
for (let seed = first; seed < first + seeds && performance.now() - began < endMs; seed++) {
  await tell(String(seed), simulate)
  if (telling.broken.length > 0 && values.first === true) break
}
for (const line of telling.lines((performance.now() - began) / 1_000)) console.log(line)
if (telling.broken.length > 0) process.exitCode = 1

async function tell(seed: string, play: Simulate): Promise<void> {
  const story = drawStory(seed, steps)
  const beganMs = performance.now()
  let verdict: Verdict
  try {
    verdict = await play(story)
  } catch (error) {
    telling.fell(seed) // the simulation itself, and the others are told nevertheless
    console.log(`seed ${seed}: FAILED, ${error instanceof Error ? error.stack : String(error)}`)
    return
  }
  console.log(`${summary(story, verdict)}, ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`)
  telling.count(seed, verdict)
  if (verdict.breach === undefined) return

  const { says } = verdict.breach
  const isWhole = values.whole === true || values.first === true
  const told = isWhole ? story : await shrink(story, says, { simulate: play, forMs: SHRINK_MS })
  const last = isWhole ? verdict : await play(told)
  console.log(report(told, last))
  if (values.verbose === true) for (const line of saidOf(last)) console.log(line)
}
