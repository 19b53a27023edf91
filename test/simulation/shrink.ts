// Makes a story that fails as short as it gets: steps are dropped, many at a time and then one by
// one, as long as the same promise is broken.
import type { Simulate } from './simulator.ts'
import type { Step, Story } from './story/step.ts'

export async function shrink(
  story: Story,
  says: string,
  { simulate, forMs }: { simulate: Simulate; forMs: number },
): Promise<Story> {
  const deadline = performance.now() + forMs
  let { steps } = story
  const failsWith = async (fewer: readonly Step[]) =>
    (await simulate({ ...story, steps: fewer })).breach?.says === says

  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let from = 0; from < steps.length && performance.now() < deadline; ) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)]
      if (await failsWith(fewer)) steps = fewer
      else from += size
    }
  return { ...story, steps }
}
