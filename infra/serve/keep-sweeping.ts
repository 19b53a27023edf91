// What cron does on Workers: the sweeps, at the pace that the settings say.
import { errorFacts } from '#shared/events.ts'
import type { Deps } from '#tracker/deps.ts'
import { runSweeps } from '#tracker/sweeps/run-sweeps.ts'

/** Ends with the signal. Never rejects. */
export async function keepSweeping(deps: Deps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let pauseMs = 1_000
    try {
      const { settings } = await deps.view.get()
      pauseMs = settings.sweepMs
      if (deps.sweepPace.isDue(settings.sweepMs)) await runSweeps(deps)
    } catch (error) {
      deps.events.emit('warn', 'sweep.failed', errorFacts(error))
    }
    await deps.clock.sleep(pauseMs, signal)
  }
}
