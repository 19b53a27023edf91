// The reference for storing: one statement that writes three rows, into tables like file, replica
// and job with all their indexes, by 16 clients over plain pg. Less than this no store can cost
// that keeps its truth in this database.
import { randomBytes } from 'node:crypto'
import { connectClients, runSql } from './bench-database.ts'
import { repeat } from './load/repeat.ts'
import type { Side } from './rounds.ts'

const CLIENTS = 16
const CHECKSUM = `SHA-256:${'0'.repeat(64)}`

const tables = `
  create schema bare;
  create table bare.file (like public.file including all);
  create table bare.replica (like public.replica including all);
  create table bare.job (like public.job including all)`

const statement = {
  name: 'three-writes',
  text: `
    with linked as (
      insert into bare.file (domain_id, key, fid, class_id, bytes, checksum)
      values (1, $1, nextval('fid_sequence'), 1, $2, $3)
      returning fid
    ), stored as (
      insert into bare.replica (fid, device_id) select fid, 1 from linked
    ), ordered as (
      insert into bare.job (host_id, kind, fid, device_id, priority)
      select 1, 'replicate', fid, 2, 1 from linked
    )
    select fid from linked`,
}

/** `databasePid`: whose CPU is told. Disposed, its connections are closed. */
export async function bareWrites(
  databaseUrl: string,
  databasePid: number,
): Promise<Side & AsyncDisposable> {
  await runSql(databaseUrl, tables)
  const connected = await connectClients(databaseUrl, CLIENTS)
  return {
    processes: { client: process.pid, database: databasePid },
    async round(ms) {
      const prefix = `bare/${randomBytes(4).toString('hex')}/`
      return repeat({ callers: CLIENTS, ms }, async (caller, index) => {
        const values = [`${prefix}${index}`, 4_096, CHECKSUM]
        await connected.clients[caller]?.query({ ...statement, values })
        return 0
      })
    },
    [Symbol.asyncDispose]: () => connected[Symbol.asyncDispose](),
  }
}
