// Our database, as an import writes to it: the functions of migration 0092, each one transaction.
import pg from 'pg'
import * as z from 'zod'
import { PAGE_RETRIES } from './limits.ts'
import type { Plan } from './map-cluster.ts'
import type { AdoptedFile, Places, UnmappedFile } from './map-file.ts'
import { AdoptionRefusal } from './refusal.ts'

const Adoption = z.object({
  lastFid: z.coerce.number(),
  nextFid: z.coerce.number().nullable(),
  walks: z.int(),
  isFinished: z.boolean(),
})
export type Adoption = z.infer<typeof Adoption>

const Taken = z.object({ added: z.int(), changed: z.int(), gone: z.int(), notMapped: z.int() })
export type Taken = z.infer<typeof Taken>

export interface Page {
  fromFid: number
  toFid: number
  files: AdoptedFile[]
  unmapped: UnmappedFile[]
}

const DEADLOCK = '40P01'
/** Raised by begin_walk. */
const FINISHED = 'MOG01'
const NUMBERS_TAKEN = 'MOG02'

export class Target implements AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(databaseUrl: string): Promise<Target> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'mog import mogilefs', // in the record of changes
      // tables are empty when plans for them are made
      options: '-c enable_seqscan=off',
    })
    client.on('error', () => undefined) // the next statement tells it
    await client.connect()
    return new Target(client)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.end()
  }

  /** Undefined: nothing was imported ever. */
  async adoption(): Promise<Adoption | undefined> {
    const [row] = await this.rows(
      Adoption,
      `select last_fid as "lastFid", next_fid as "nextFid", walks,
        finished_at is not null as "isFinished" from adoption`,
    )
    return row
  }

  /** What stands in the way of this plan: numbers and names that are others' already. */
  async conflicts({ hosts, devices }: Plan): Promise<string[]> {
    const rows = await this.rows(
      z.object({ problem: z.string() }),
      `select format('host %s is host %s here', wanted.name, host.name) as problem
        from json_to_recordset($1) as wanted ("hostId" int, name text)
        join host on host_id = "hostId" and host.name <> wanted.name
      union all
      select format('host %s is number %s here', host.name, host_id)
        from json_to_recordset($1) as wanted ("hostId" int, name text)
        join host on host.name = wanted.name and host_id <> "hostId"
      union all
      select format('device %s is another one here', device_id)
        from json_to_recordset($2) as wanted ("deviceId" int, "hostId" int)
        join device on device_id = "deviceId"
        left join adopted_device using (device_id)
        where adopted_device.device_id is null or device.host_id <> "hostId"`,
      [JSON.stringify(hosts), JSON.stringify(devices)],
    )
    return rows.map(({ problem }) => problem)
  }

  /**
   * Numbers that were given out a moment ago are seen: nobody opens an upload meanwhile. Where
   * MogileFS keeps to its numbers, nobody is kept waiting.
   */
  async beginWalk(highestFid: number, headroom: number): Promise<Adoption & { nextFid: number }> {
    const { lastFid = -1 } = (await this.adoption()) ?? {}
    await this.#client.query('begin')
    try {
      if (highestFid > lastFid)
        await this.#client.query('lock table upload in share row exclusive mode')
      const [row] = await this.rows(
        Adoption.extend({ nextFid: z.coerce.number() }),
        `select last_fid as "lastFid", next_fid as "nextFid", walks,
          finished_at is not null as "isFinished" from begin_walk($1, $2)`,
        [highestFid, headroom],
      )
      if (row === undefined) throw new Error('begin_walk has no row')
      await this.#client.query('commit')
      return row
    } catch (error) {
      await this.#client.query('rollback')
      throw explained(error)
    }
  }

  async adoptCluster({ hosts, devices, domains, classes, networkZones }: Plan): Promise<void> {
    const documents = [hosts, devices, domains, classes].map((each) => JSON.stringify(each))
    await this.#client.query('select adopt_cluster($1, $2, $3, $4)', documents)
    if (networkZones !== undefined)
      await this.#client.query(
        `insert into setting (name, value) values ('networkZones', $1) on conflict do nothing`,
        [JSON.stringify(networkZones)],
      )
  }

  /** Our numbers of what the plan names. */
  async places({ names, liveDevices }: Plan): Promise<Places> {
    const rows = await this.rows(
      z.object({ domain: z.string(), domainId: z.int(), name: z.string(), classId: z.int() }),
      `select domain.name as domain, domain_id as "domainId", class.name, class_id as "classId"
        from domain join class using (domain_id)`,
    )
    const numberOf = new Map(rows.map(({ domain, name, ...ids }) => [`${domain}\0${name}`, ids]))
    const domains = new Map<number, { domainId: number; classIds: Map<number, number> }>()
    for (const [dmid, { domain, classes }] of names)
      for (const [classid, name] of classes) {
        const ids = numberOf.get(`${domain}\0${name}`)
        if (ids === undefined) continue
        const known = domains.get(dmid) ?? { domainId: ids.domainId, classIds: new Map() }
        known.classIds.set(classid, ids.classId)
        domains.set(dmid, known)
      }
    return { domains, liveDevices }
  }

  async deadDevices(): Promise<number[]> {
    const sql = `select device_id as "deviceId" from device where state = 'dead'`
    const rows = await this.rows(z.object({ deviceId: z.int() }), sql)
    return rows.map(({ deviceId }) => deviceId)
  }

  /** In one transaction with the cursor. Undefined: another import has moved it. */
  async adoptPage({ fromFid, toFid, files, unmapped }: Page): Promise<Taken | undefined> {
    const values = [fromFid, toFid, JSON.stringify(files), JSON.stringify(unmapped)]
    for (let tries = 1; ; tries++) {
      try {
        const [taken] = await this.rows(
          Taken,
          `select added, changed, gone, not_mapped as "notMapped"
            from adopt_page($1, $2, $3, $4)`,
          values,
        )
        return taken
      } catch (error) {
        if (codeOf(error) !== DEADLOCK || tries >= PAGE_RETRIES) throw error
      }
    }
  }

  /** How many of these are here, for a run that only looks. */
  async countKnown(fids: readonly number[]): Promise<number> {
    const sql = 'select count(*)::int as count from file where fid = any($1::bigint[])'
    const [row] = await this.rows(Count, sql, [fids])
    return row?.count ?? 0
  }

  /** Files that the walk did not find any more, and all that came from MogileFS. */
  async countGone(): Promise<{ gone: number; files: number }> {
    const [row] = await this.rows(
      z.object({ gone: z.coerce.number(), files: z.coerce.number() }),
      `select (select count(*) from adoption_gone) as gone,
        (select count(*) from file where fid <= (select last_fid from adoption)) as files`,
    )
    return row ?? { gone: 0, files: 0 }
  }

  async buryGone(limit: number): Promise<number> {
    const [row] = await this.rows(Count, 'select bury_gone($1) as count', [limit])
    return row?.count ?? 0
  }

  async endWalk(): Promise<void> {
    await this.#client.query('select end_walk()')
  }

  /** Undefined: no walk has come to its end, one is under way, or it was finished before. */
  async finish({ devices }: Plan): Promise<number | undefined> {
    const sql = 'select finish_adoption($1) as count'
    const [row] = await this.rows(z.object({ count: z.int().nullable() }), sql, [
      JSON.stringify(devices),
    ])
    return row?.count ?? undefined
  }

  async rows<Row>(row: z.ZodType<Row>, text: string, values?: unknown[]): Promise<Row[]> {
    const { rows } = await this.#client.query<Record<string, unknown>>(text, values)
    return rows.map((each) => row.parse(each))
  }
}

const Count = z.object({ count: z.int() })

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

function explained(error: unknown): unknown {
  if (codeOf(error) === FINISHED)
    return new AdoptionRefusal(
      'This cluster has finished its takeover',
      'What MogileFS wrote since then is not taken any more.',
    )
  if (codeOf(error) === NUMBERS_TAKEN && error instanceof Error)
    return new AdoptionRefusal(
      `${error.message}: files keep their numbers, so they cannot be taken over`,
      'Import before this cluster stores files of its own, into a new database; or, where ' +
        'MogileFS has used up its room, finish the takeover.',
    )
  return error
}
