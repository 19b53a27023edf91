// `npm test [-- WORD...]`: runs test/**/*.test.ts, or the files whose path has one of the words in
// it. Arguments that begin with `--` go to Node (`--test-name-pattern=lease`). Whatever the run
// writes lies below one directory: a process or a file that is left over fails it.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clearRun } from './support/leftovers.ts'

const repository = resolve(import.meta.dirname, '..')
/** A test that hangs must not hold CI for longer; the runner then names the file. */
const RUN_MS = 18 * 60_000
const TEST_MS = 2 * 60_000

const globalSetup = fileURLToPath(import.meta.resolve('./support/global-setup.ts'))

const args = process.argv.slice(2)
const words = args.filter((arg) => !arg.startsWith('--'))
const flags = args.filter((arg) => arg.startsWith('--'))

const files = globSync('test/**/*.test.ts', { cwd: repository })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted()
if (files.length === 0) {
  console.error(`no test file has ${words.join(' or ')} in its path`)
  process.exit(2)
}

const runDir = await mkdtemp(join(tmpdir(), 'mogile-run-'))
await chmod(runDir, 0o1777) // it stands in for /tmp, for other users' processes too: Postgres

const code = await runTests()
const left = await clearRun(runDir)
for (const each of left) console.error(`left behind: ${each}`)
process.exitCode = left.length > 0 ? 1 : code

async function runTests(): Promise<number> {
  const node = spawn(
    process.execPath,
    [
      '--test',
      '--test-reporter=spec',
      `--test-global-setup=${globalSetup}`,
      `--test-concurrency=${availableParallelism()}`,
      `--test-timeout=${TEST_MS}`,
      ...flags,
      ...files,
    ],
    { cwd: repository, stdio: 'inherit', env: { ...process.env, TMPDIR: runDir } },
  )
  // A terminal's ^C reaches Node by itself: we only stay to clean up after it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => node.kill('SIGINT'))
  const deadline = setTimeout(() => node.kill('SIGINT'), RUN_MS)
  const exited = Promise.withResolvers<number>()
  node.once('exit', (exitCode) => exited.resolve(exitCode ?? 1))
  const exitCode = await exited.promise
  clearTimeout(deadline)
  return exitCode
}
