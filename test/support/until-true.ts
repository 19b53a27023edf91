// Waiting for what other processes do, within a bound: a condition is looked at again and again,
// and the failure says what was waited for. Nothing here sleeps for a time and hopes.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 20
const PATIENCE_MS = 30_000

/** Until the condition holds. What it throws ends the waiting. */
export async function untilTrue(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > deadline) assert.fail(`${what}: not so within ${patienceMs} ms`)
    await pause(POLL_MS)
  }
}

/** Until no assertion fails any more. What the last look found wrong is what the test shows. */
export async function untilPasses(
  check: () => Promise<void>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  const passes = async () => {
    try {
      await check()
      return true
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || performance.now() > deadline) throw error
      return false
    }
  }
  while (!(await passes())) await pause(POLL_MS)
}
