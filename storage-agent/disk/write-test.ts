// Whether a device takes writes, by writing to it now and then: a file system that turned itself
// read-only after an error answers reads as if nothing had happened.
import { unlink, writeFile } from 'node:fs/promises'
import { WRITE_TEST_EVERY_MS } from '../limits.ts'
import { codeOf } from './failures.ts'
import { TEMP_DIR } from './layout.ts'

/** Why it does not, or undefined. */
export type WriteTest = (nowMs: number) => Promise<string | undefined>

export function writeTestOf(root: string): WriteTest {
  const file = `${root}/${TEMP_DIR}/write-test`
  let testedAtMs = Number.NEGATIVE_INFINITY
  let reason: string | undefined
  return async (nowMs) => {
    if (nowMs - testedAtMs < WRITE_TEST_EVERY_MS) return reason
    testedAtMs = nowMs
    reason = await tryWriting(file)
    return reason
  }
}

async function tryWriting(file: string): Promise<string | undefined> {
  try {
    await writeFile(file, 'a test, removed at once\n')
    await unlink(file)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    // a full device is not a broken one: its usage says so
    return code === 'ENOSPC' || code === 'EDQUOT'
      ? undefined
      : `a test file: ${code ?? String(error)}`
  }
}
