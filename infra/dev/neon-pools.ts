/**
 * The connections of the Neon stand-in: one pool per database and login of one server, so many at
 * once and no more. PostgreSQL itself judges the login.
 */
import pg from 'pg'

const POOL_CONNECTIONS = 16
const POOLS_AT_ONCE = 8
const CONNECT_TIMEOUT_MS = 10_000

export class NeonPools {
  readonly #server: URL
  readonly #pools = new Map<string, pg.Pool>() // least recently used first

  constructor(server: URL) {
    this.#server = server
  }

  /**
   * The pool of a Neon-Connection-String, whose host is Neon's business: ours is always the same.
   * Undefined when as many databases as may be are busy.
   */
  at(connectionString: string): pg.Pool | undefined {
    const login = new URL(connectionString)
    const key = `${login.username}:${login.password}@${login.pathname}`
    const pool = this.#pools.get(key) ?? this.#open(login)
    if (pool === undefined) return undefined
    this.#pools.delete(key)
    this.#pools.set(key, pool)
    return pool
  }

  /** A login or a database that PostgreSQL refused keeps no pool. */
  async forget(pool: pg.Pool): Promise<void> {
    for (const [key, known] of this.#pools) if (known === pool) this.#pools.delete(key)
    if (!pool.ending) await pool.end()
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => this.forget(pool)))
  }

  #open({ username, password, pathname }: URL): pg.Pool | undefined {
    if (this.#pools.size >= POOLS_AT_ONCE) {
      const idle = [...this.#pools.values()].find(isIdle)
      if (idle === undefined) return undefined
      void this.forget(idle)
    }
    const pool = new pg.Pool({
      host: this.#server.hostname,
      port: Number(this.#server.port || 5432),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)),
      ssl: false,
      max: POOL_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'neon-stand-in',
    })
    // An idle connection that the server closed: the pool has dropped it, and opens another.
    return pool.on('error', () => undefined)
  }
}

const isIdle = (pool: pg.Pool) => pool.waitingCount === 0 && pool.idleCount === pool.totalCount
