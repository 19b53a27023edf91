// What a person is told of a story: one line when all held; the seed, the promise and the steps
// when one was broken.
import type { Verdict } from './run-story.ts'
import { type Story, tell } from './story/step.ts'

const MAX_LINES = 10

export function summary({ seed }: Story, { breach, history, ...counts }: Verdict): string {
  const { happened, statements } = counts
  const facts = [
    `${history.acknowledged} of ${history.writes.length} writes acknowledged`,
    `${history.reads.length} reads`,
    `${happened} events`,
    `${statements} statements`,
  ]
  return `seed ${seed}: ${breach === undefined ? 'held' : 'BROKEN'}, ${facts.join(', ')}`
}

export function report(story: Story, { breach }: Verdict): string {
  if (breach === undefined) return `seed ${story.seed}: all held`
  const { says, found, atMs } = breach
  return [
    `seed ${story.seed}: broken after ${(atMs / 1_000).toFixed(3)} s: ${says}`,
    ...found.slice(0, MAX_LINES).map((line) => `    ${line}`),
    `the story (${story.hosts} hosts with ${story.devicesPerHost} devices each):`,
    ...story.steps.map(tell),
    `again: npm run simulate -- --seed ${story.seed}`,
  ].join('\n')
}

/** What agents and trackers said, for who wants to know how it came to that. */
export const saidOf = ({ stage }: Verdict): string[] =>
  stage.said
    .filter(({ level }) => level !== 'debug')
    .map(({ atMs, who, event, facts }) => `${atMs} ${who} ${event} ${JSON.stringify(facts)}`)
