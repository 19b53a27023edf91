/**
 * What util-linux's `setpriv` does for a child before it becomes the real program: it dies when we
 * die, even by SIGKILL, and as root it may take another account. Linux only; elsewhere children get
 * their signal from an exit hook (child.ts), which a SIGKILL of ours outruns.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** An account by number, since a name may be unknown inside a container. */
export interface Account {
  uid: number
  gid: number
}

export interface Launch {
  /** What goes before the command; empty where setpriv is missing. */
  prefix: string[]
  /** The kernel sends `deathSignal` to the child when the thread that started it is gone. */
  diesWithParent: boolean
}

const OVERFLOW_ID = 65_534 // the kernel's own "nobody", when /etc/passwd has none

// By its full path, for a child's environment may have no PATH.
const program =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((dir) => join(dir, 'setpriv'))
    .find((file) => existsSync(file)) ?? 'setpriv'

const canRun = new Map<string, string>() // setpriv's arguments -> what it had against them

/**
 * How to start a command so that it gets `deathSignal` when we die, under `runAs` when given.
 * Throws when another account is asked for and cannot be had.
 */
export function launchWith(options: { deathSignal: NodeJS.Signals; runAs?: Account }): Launch {
  const { deathSignal, runAs } = options
  const args = [...(runAs === undefined ? [] : becoming(runAs)), '--pdeathsig', deathSignal, '--']
  const complaint = tryOnce(args)
  if (complaint === '') return { prefix: [program, ...args], diesWithParent: true }
  if (runAs === undefined) return { prefix: [], diesWithParent: false }

  const remedy = 'install util-linux, allow CAP_SETUID and CAP_SETPCAP, or do not be root'
  throw new Error(`root cannot become uid ${runAs.uid} here: ${complaint}; ${remedy}`)
}

/**
 * The account keeps one capability, to pass 0700 directories of root's: a checkout below /root.
 * Ambient, so that it lasts through exec; no_setuid_fixup, since access(2), by which PostgreSQL
 * finds its own programs, otherwise leaves it out of account. Docker's defaults allow all of it.
 */
function becoming({ uid, gid }: Account): string[] {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return [...identity, '--securebits=+no_setuid_fixup', ...capability]
}

function tryOnce(args: readonly string[]): string {
  const key = args.join(' ')
  const known = canRun.get(key)
  if (known !== undefined) return known

  const { status, stderr, error } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' })
  const complaint = status === 0 ? '' : (error?.message ?? stderr.trim())
  canRun.set(key, complaint)
  return complaint
}

/** The account `nobody` of this system. */
export async function findNobody(): Promise<Account> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd)
  return { uid: Number(entry?.[1] ?? OVERFLOW_ID), gid: Number(entry?.[2] ?? OVERFLOW_ID) }
}
