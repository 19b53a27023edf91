// The system around the agent: the programs that it calls, the kernel, and how many files it may
// hold open.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { promisify } from 'node:util'
import { doubtful, type Finding, well, wrong } from './finding.ts'

/** A connection each, and a file for each that is sent. */
const MIN_OPEN_FILES = 16_384
const MIGRATE = '/proc/sys/net/ipv4/tcp_migrate_req'

interface Program {
  name: string
  level: typeof wrong
  says: string
  remedy: string
}

const programs: readonly Program[] = [
  {
    name: 'flock',
    level: wrong,
    says: 'is missing: nothing would keep two agents from one root',
    remedy: 'apt-get install util-linux',
  },
  {
    name: 'sync',
    level: wrong,
    says: 'is missing: journals cannot be emptied, small files get slower',
    remedy: 'apt-get install coreutils',
  },
  {
    name: 'smartctl',
    level: doubtful,
    says: 'is missing: nothing is told of the health of disks',
    remedy: 'apt-get install smartmontools',
  },
]

export async function judgeSystem(): Promise<Finding[]> {
  const found = await Promise.all(programs.map(judgeProgram))
  return [...found, await judgeMigration(), judgeOpenFiles(await readLimits())]
}

async function judgeProgram({ name, level, says, remedy }: Program): Promise<Finding> {
  try {
    await promisify(execFile)(name, ['--version'])
    return well(name, 'is there')
  } catch {
    return level(name, says, remedy)
  }
}

/** Without it, what a process has not accepted yet is reset when it ends. */
async function judgeMigration(): Promise<Finding> {
  const about = 'kernel'
  const value = await readFile(MIGRATE, 'utf8').catch(() => undefined)
  if (value?.trim() === '1')
    return well(about, `${release()} gives what a process leaves to another`)
  if (value === undefined)
    return doubtful(
      about,
      `${release()} resets connections where one of several processes ends`,
      'Linux 5.14 or later can',
    )
  const remedy = 'run: sysctl -w net.ipv4.tcp_migrate_req=1, and keep it in /etc/sysctl.d'
  return doubtful(
    about,
    'resets connections where one of several processes ends (MOG_PROCESSES)',
    remedy,
  )
}

const readLimits = () => readFile('/proc/self/limits', 'utf8')

/** `Max open files  1024  524288  files`: soft, then hard; Node raises its own to the hard one. */
export function judgeOpenFiles(limits: string): Finding {
  const hard = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(limits)?.[1] ?? 'unlimited'
  if (hard === 'unlimited' || Number(hard) >= MIN_OPEN_FILES)
    return well('open files', `up to ${hard}`)
  return doubtful('open files', `at most ${hard}`, `LimitNOFILE=${MIN_OPEN_FILES} or ulimit -Hn`)
}
