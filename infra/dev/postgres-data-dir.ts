/**
 * The data directory of the development database: made whole or not at all, with its password
 * beside it, and used by one server at a time. A crash here leaves a `DIR.initdb-PID` that the next
 * start removes.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, findNobody, launchWith } from './setpriv.ts'

/** Little is inherited: PGDATA, PGPORT or a foreign locale would change what is made. */
export const postgresEnv = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }

const BUILTIN_LOCALE_SINCE = 17
const STOPPING_GRACE_MS = 30_000
const ORPHAN_GRACE_MS = 1_000
const POLL_MS = 50
const TAIL_LINES = 12

/**
 * The account that PostgreSQL runs under, since it refuses to be root: the owner of the data if
 * there is any, else `nobody`. Undefined when we are not root: then it is ours.
 */
export async function databaseAccount(dataDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = (await isDatabase(dataDir)) ? await fs.stat(dataDir) : undefined
  return owner === undefined || owner.uid === 0 ? findNobody() : { uid: owner.uid, gid: owner.gid }
}

export interface DataDirAsk {
  dataDir: string
  initdb: string
  account: Account | undefined
  /** False: do not wait for the disk. For tests. */
  durable: boolean
}

/** Makes the database when there is none. Returns the superuser's password. */
export async function prepareDataDir(ask: DataDirAsk): Promise<string> {
  const { dataDir } = ask
  const passwordFile = `${dataDir}.password`
  await fs.mkdir(dirname(dataDir), { recursive: true, mode: 0o700 })
  await removeHalfMade(dataDir)

  if (!(await isDatabase(dataDir))) {
    if (!(await isEmpty(dataDir))) {
      throw new Error(`${dataDir} holds files but no database: choose another --state`)
    }
    await makePassword(passwordFile)
    await makeDatabase(ask, passwordFile)
  }
  const password = await fs.readFile(passwordFile, 'utf8').catch(() => '')
  if (password !== '') return password.trim()
  throw new Error(`${passwordFile} is gone, and it opens ${dataDir}: choose another --state`)
}

async function isDatabase(dir: string): Promise<boolean> {
  return (await readIfThere(fs.readFile(join(dir, 'PG_VERSION')))) !== undefined
}

async function isEmpty(dir: string): Promise<boolean> {
  return ((await readIfThere(fs.readdir(dir))) ?? []).length === 0
}

async function readIfThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (failure) {
    if (codeOf(failure) === 'ENOENT') return undefined
    throw failure
  }
}

const codeOf = (failure: unknown) =>
  failure instanceof Error && 'code' in failure ? failure.code : undefined

/** Exclusive, by link: two first starts at once agree on one password. */
async function makePassword(file: string): Promise<void> {
  const draft = `${file}.${process.pid}`
  await fs.writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true })
  try {
    await fs.link(draft, file)
  } catch (failure) {
    if (codeOf(failure) !== 'EEXIST') throw failure
  } finally {
    await fs.rm(draft)
  }
}

/** initdb into a sibling, then rename: a directory with the final name is complete. */
async function makeDatabase(ask: DataDirAsk, passwordFile: string): Promise<void> {
  const { dataDir, initdb, account, durable } = ask
  const runAs = account !== undefined && { runAs: account }
  const { prefix } = launchWith({ deathSignal: 'SIGKILL', ...runAs })
  const draft = `${dataDir}.initdb-${process.pid}`
  await fs.mkdir(draft, { mode: 0o700 })
  try {
    if (account !== undefined) await fs.chown(draft, account.uid, account.gid)
    const login = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
    const text = ['--encoding=UTF8', ...(await localeFlags(prefix, initdb))]
    const sync = durable ? [] : ['--no-sync']
    await runToEnd([...prefix, initdb, `--pgdata=${draft}`, ...login, ...text, ...sync])
    await fs.rename(draft, dataDir)
  } catch (failure) {
    await fs.rm(draft, { recursive: true, force: true })
    // Another start was faster: its database is as good.
    if (!(await isDatabase(dataDir))) throw failure
  }
  if (durable) await syncDirectory(dirname(dataDir))
}

// The builtin C.UTF-8 orders by bytes as C does, and knows upper from lower beyond ASCII.
async function localeFlags(prefix: string[], initdb: string): Promise<string[]> {
  const version = /\d+/.exec(await runToEnd([...prefix, initdb, '--version']))?.[0]
  if (Number(version) < BUILTIN_LOCALE_SINCE) return ['--locale=C']
  return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
}

function runToEnd([command = '', ...args]: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: '/', env: postgresEnv }, (failure, stdout, stderr) => {
      if (failure === null) return resolve(stdout)
      const lastLines = `${stdout}\n${stderr}`.trim().split('\n').slice(-TAIL_LINES).join('\n')
      return reject(new Error(`initdb failed:\n${lastLines || failure.message}`))
    })
  })
}

/** What a killed start left behind. A start that is still at it keeps its own. */
async function removeHalfMade(dataDir: string): Promise<void> {
  const prefix = `${basename(dataDir)}.initdb-`
  for (const name of await fs.readdir(dirname(dataDir))) {
    if (!name.startsWith(prefix)) continue
    const pid = Number(name.slice(prefix.length))
    if (pid !== process.pid && isAlive(pid)) continue
    // Its initdb died with it; what initdb had started may still write for a moment.
    const patience = { maxRetries: 20, retryDelay: 50 }
    await fs.rm(join(dirname(dataDir), name), { recursive: true, force: true, ...patience })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (failure) {
    return codeOf(failure) === 'EPERM'
  }
}

async function syncDirectory(dir: string): Promise<void> {
  await using handle = await fs.open(dir)
  await handle.sync()
}

/**
 * Waits for a server that is on its way out (its parent was killed just now), refuses one that
 * stays, and takes away a postmaster.pid whose number now belongs to somebody else.
 */
export async function awaitSoleUse(dataDir: string): Promise<void> {
  const startedAtMs = Date.now()
  for (;;) {
    const server = await serverOf(dataDir)
    if (server === undefined) return
    const graceMs = server.stopping ? STOPPING_GRACE_MS : ORPHAN_GRACE_MS
    if (Date.now() - startedAtMs > graceMs) {
      const remedy = 'stop it or choose another --state'
      throw new Error(`another PostgreSQL (pid ${server.pid}) is using ${dataDir}; ${remedy}`)
    }
    await delay(POLL_MS)
  }
}

/** By the working directory of the pid in the file: a bare number lives on after its process. */
async function serverOf(dataDir: string): Promise<{ pid: number; stopping: boolean } | undefined> {
  const pidFile = join(dataDir, 'postmaster.pid')
  const text = await fs.readFile(pidFile, 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Math.abs(Number(lines[0])) // negative for a single-user server
  if (pid === 0 || !isAlive(pid)) return undefined

  const isLinux = process.platform === 'linux'
  const cwd = isLinux ? await fs.readlink(`/proc/${pid}/cwd`).catch(() => '') : undefined
  const here = await fs.realpath(dataDir)
  if (cwd === undefined || cwd === here) return { pid, stopping: lines[7]?.trim() === 'stopping' }

  await fs.rm(pidFile, { force: true }) // PostgreSQL itself would refuse to start over it
  return undefined
}
