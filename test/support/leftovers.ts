// What a test run left behind. A process belongs to a run when the run's directory is in its
// environment (as TMPDIR), its arguments or its working directory: Postgres overwrites the first,
// and another user's is hidden even from root in some containers.
import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MEMORY } from './temp-dir.ts'

/** Long enough for a process that is on its way out. */
const GRACE_MS = 3_000
const POLL_MS = 50

export interface RunningProcess {
  pid: number
  command: string
}

/** Ends and removes all that a run left behind, and names it; its directory goes too. */
export async function clearRun(runDir: string, graceMs = GRACE_MS): Promise<string[]> {
  const running = await stillRunning(runDir, graceMs)
  const files = [...(await pathsIn(runDir)), ...(await inMemory(runDir))]
  for (const { pid } of running) endNow(pid)
  await stillRunning(runDir, GRACE_MS)
  for (const path of [...files, runDir]) await rm(path, { recursive: true, force: true })
  return [...running.map(({ pid, command }) => `process ${pid}: ${command}`), ...files]
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it went by itself since it was seen
  }
}

const pathsIn = async (dir: string) => (await readdir(dir)).map((name) => join(dir, name))

const inMemory = async (runDir: string) =>
  (await pathsIn(MEMORY)).filter((path) => basename(path).startsWith(`${basename(runDir)}-`))

/** Processes of the run, but this one, that are still there after the grace. */
async function stillRunning(runDir: string, graceMs: number): Promise<RunningProcess[]> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const found = await processesOf(runDir)
    if (found.length === 0 || waitedMs >= graceMs) return found
    await sleep(POLL_MS)
  }
}

export async function processesOf(runDir: string): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, ...others] = await tracesOf(pid)
      const ours = [command, ...others].some((trace) => trace.includes(runDir))
      return ours && pid !== process.pid
        ? { pid, command: command.replaceAll('\0', ' ').trim() }
        : undefined
    }),
  )
  return found.filter((each) => each !== undefined)
}

/** Arguments, environment and working directory; empty where we may not look, or it has ended. */
async function tracesOf(pid: number): Promise<[command: string, ...others: string[]]> {
  const [command = '', ...others] = await Promise.allSettled([
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/environ`, 'utf8'),
    readlink(`/proc/${pid}/cwd`),
  ]).then((all) => all.map((each) => (each.status === 'fulfilled' ? each.value : '')))
  return [command, ...others]
}
