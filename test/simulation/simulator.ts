// The door to the simulation: puts the platform in place before the agents are loaded.
import { putPlatformInPlace } from './platform/hooks.ts'
import type { Verdict } from './run-story.ts'
import type { Story } from './story/step.ts'

export type Simulate = (story: Story) => Promise<Verdict>

/** Plays stories on databases of this server. */
export async function simulator(serverUrl: string): Promise<Simulate> {
  await putPlatformInPlace()
  const { runStory } = await import('./run-story.ts')
  return async (story) => runStory(serverUrl, story)
}
