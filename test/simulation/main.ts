// `npm run simulate -- [--seed N] [--steps M] [--seeds K] [--verbose]`: plays stories; of one that
// breaks a promise it tells the shortest form that it finds. Exit code 1 then.
import { parseArgs } from 'node:util'
import { startTestPostgres } from '#test/support/test-postgres.ts'
import { report, saidOf, summary } from './report.ts'
import { shrink } from './shrink.ts'
import { type Simulate, simulator } from './simulator.ts'
import { drawStory } from './story/draw.ts'

const SHRINK_MS = 120_000

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const { values } = parseArgs({
  options: { seed: text, steps: text, seeds: text, verbose: flag, whole: flag },
})
const first = Number(values.seed ?? 1)
const seeds = Number(values.seeds ?? 1)
const steps = Number(values.steps ?? 40)

await using postgres = await startTestPostgres('newest')
const simulate = await simulator(postgres.url)
let broken = 0
for (let seed = first; seed < first + seeds; seed++)
  if (!(await holds(String(seed), simulate))) broken++
if (broken > 0) process.exitCode = 1

async function holds(seed: string, play: Simulate): Promise<boolean> {
  const story = drawStory(seed, steps)
  const beganMs = performance.now()
  const verdict = await play(story)
  console.log(`${summary(story, verdict)}, ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`)
  if (verdict.breach === undefined) return true

  const { says } = verdict.breach
  const forMs = values.whole === true ? 0 : SHRINK_MS
  const shortest = forMs === 0 ? story : await shrink(story, says, { simulate: play, forMs })
  const last = await play(shortest)
  console.log(report(shortest, last))
  if (values.verbose === true) for (const line of saidOf(last)) console.log(line)
  return false
}
