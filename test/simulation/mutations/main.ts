// `npm run mutate [-- NAME...]`: puts each known bug into a copy of the tree and plays stories
// there, those of the tests and then those that seeds draw, until one breaks. Says what each of the
// two found. Exit code 1 when a bug got through both.
import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutation, mutated } from './mutation.ts'
import { mutations } from './mutations.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const STORIES = 60
const STEPS = 40
/** Of the tests: the stories that were written with a bug in mind. */
const TOLD = 'power cut|come late|meet|now and then'
const ALWAYS_TOLD = ['test/run.ts', 'simulation', `--test-name-pattern=${TOLD}`]
const BUDGET_MS = 300_000

const wanted = process.argv.slice(2)
const chosen = mutations.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
let missed = 0
for (const mutation of chosen) {
  const beganMs = performance.now()
  const { told, drawn } = await findings(mutation)
  const tookS = ((performance.now() - beganMs) / 1_000).toFixed(0)
  console.log(`${mutation.name} (${tookS} s)`)
  console.log(`  told: ${told ?? 'not found'}`)
  console.log(`  drawn: ${drawn ?? 'not found'}`)
  if (told === undefined && drawn === undefined) missed++
}
if (missed > 0) process.exitCode = 1

interface Findings {
  /** The first line that tells of the breach. */
  told: string | undefined
  drawn: string | undefined
}

async function findings(mutation: Mutation): Promise<Findings> {
  const copy = await mkdtemp(join(tmpdir(), 'mogile-mutation-'))
  try {
    await copyTree(copy)
    for (const edit of mutation.edits) {
      const path = join(copy, edit.file)
      await writeFile(path, mutated(await readFile(path, 'utf8'), edit))
    }
    const range = ['--seed', String(mutation.seed), '--seeds', String(STORIES)]
    const stories = ['test/simulation/main.ts', ...range, '--steps', String(STEPS), '--first']
    return { told: breachIn(run(ALWAYS_TOLD, copy)), drawn: breachIn(run(stories, copy)) }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

function breachIn(told: string): string | undefined {
  return /seed .* broken after .*$/m.exec(told)?.[0]
}

function run(args: readonly string[], cwd: string): string {
  const options = { cwd, encoding: 'utf8', timeout: BUDGET_MS } as const
  return spawnSync(process.execPath, args, options).stdout
}

async function copyTree(copy: string): Promise<void> {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: repository })
  for (const file of files.toString().split('\n').filter(Boolean)) {
    await mkdir(join(copy, dirname(file)), { recursive: true })
    await cp(join(repository, file), join(copy, file))
  }
  await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'))
}
