// Whether a device takes writes and gives back what was written, by trying it now and then: a file
// system that turned itself read-only after an error answers reads as if nothing had happened.
import { randomBytes } from 'node:crypto'
import { readFile, unlink, writeFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { WRITE_TEST_EVERY_MS } from '../limits.ts'
import { codeOf } from './failures.ts'
import { TEMP_DIR } from './layout.ts'

export interface SelfTest {
  /** Tests where the last test is old; then why the device does not do, or undefined. */
  run: (nowMs: number) => Promise<string | undefined>
  /** The next run tests, however young the last test is. */
  doubt: () => void
  readonly results: SelfTestResults
}

export interface SelfTestResults {
  runs: number
  failures: number
  /** Of the last one that passed: the file written and fsynced, and read back. */
  writeMs?: number
  readMs?: number
}

const NONCE_BYTES = 32

export function selfTestOf(root: string): SelfTest {
  const file = `${root}/${TEMP_DIR}/self-test`
  const results: SelfTestResults = { runs: 0, failures: 0 }
  let testedAtMs = Number.NEGATIVE_INFINITY
  let reason: string | undefined
  return {
    results,
    doubt() {
      testedAtMs = Number.NEGATIVE_INFINITY
    },
    async run(nowMs) {
      if (nowMs - testedAtMs < WRITE_TEST_EVERY_MS) return reason
      testedAtMs = nowMs
      results.runs++
      reason = await test(file, results)
      if (reason !== undefined) results.failures++
      return reason
    },
  }
}

async function test(file: string, results: SelfTestResults): Promise<string | undefined> {
  const written = `a test, removed at once: ${randomBytes(NONCE_BYTES).toString('hex')}\n`
  try {
    const startedMs = performance.now()
    await writeFile(file, written, { flush: true })
    const writtenMs = performance.now()
    const read = await readFile(file, 'utf8')
    const readMs = performance.now()
    await unlink(file)
    if (read !== written) return 'a test file: other bytes were read than written'
    results.writeMs = writtenMs - startedMs
    results.readMs = readMs - writtenMs
    return undefined
  } catch (error) {
    const code = codeOf(error)
    // a full device is not a broken one: its usage says so
    return code === 'ENOSPC' || code === 'EDQUOT'
      ? undefined
      : `a test file: ${code ?? String(error)}`
  }
}
