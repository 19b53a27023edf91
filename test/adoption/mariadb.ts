// A MariaDB server of one test, where Debian's mariadb-server-core is installed. It has no tables
// of its own: whoever reaches it may do everything.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { findFreePort } from '#infra/dev/loopback.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { untilTrue } from '#test/support/until-true.ts'

const SERVER = '/usr/sbin/mariadbd'

export const skipMariadb: string | false =
  !existsSync(SERVER) && `MariaDB not found in ${SERVER} (mariadb-server-core)`

export interface Mariadb extends AsyncDisposable {
  /** Of a database `mogilefs` without tables. */
  url: string
}

export async function startMariadb(): Promise<Mariadb> {
  await using starting = new AsyncDisposableStack()
  const { path } = starting.use(await tempDir())
  const data = join(path, 'data')
  await mkdir(data)
  const own = ['--no-defaults', `--datadir=${data}`, `--user=${userInfo().username}`]
  const port = await findFreePort()
  const socket = join(path, 'socket')
  const listen = [`--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1']
  const quick = ['--skip-grant-tables', '--innodb-flush-log-at-trx-commit=0']
  const server = spawn(SERVER, [...own, ...listen, ...quick, '--skip-name-resolve'])
  server.stdout.resume()
  server.stderr.resume()
  const exited = once(server, 'exit')
  starting.defer(async () => {
    server.kill('SIGTERM')
    await exited
  })
  await untilTrue(() => server.exitCode !== null || answers(socket), 'MariaDB answers')
  assert.equal(server.exitCode, null, 'it runs')
  const root = await mysql.createConnection({ socketPath: socket, user: 'root' })
  await root.query('create database mogilefs character set latin1')
  await root.end()
  const stack = starting.move()
  return {
    url: `mysql://mogile@127.0.0.1:${port}/mogilefs`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function answers(socket: string): Promise<boolean> {
  try {
    const connection = await mysql.createConnection({ socketPath: socket, user: 'root' })
    await connection.end()
    return true
  } catch {
    return false
  }
}
