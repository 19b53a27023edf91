// Our database, as an export reads it: small tables whole, files in pages by fid. One statement
// tells of a page's files and of all their copies.
import pg from 'pg'
import * as z from 'zod'

const OurClass = z.object({
  classId: z.int(),
  domainId: z.int(),
  name: z.string(),
  copies: z.int(),
  policy: z.string(),
  checksumKind: z.string(),
})
const OurHost = z.object({
  hostId: z.int(),
  name: z.string(),
  state: z.string(),
  url: z.string().nullable(),
})
const OurDevice = z.object({
  deviceId: z.int(),
  hostId: z.int(),
  state: z.string(),
  weight: z.int(),
})
const OurFile = z.object({
  fid: z.coerce.number(),
  domainId: z.int(),
  classId: z.int(),
  key: z.string(),
  bytes: z.coerce.number(),
  checksum: z.string(),
  deviceIds: z.array(z.int()),
})
export type OurClass = z.infer<typeof OurClass>
export type OurHost = z.infer<typeof OurHost>
export type OurDevice = z.infer<typeof OurDevice>
export type OurFile = z.infer<typeof OurFile>

export interface OurCluster {
  domains: { domainId: number; name: string }[]
  /** Of a domain, in the order of their numbers. */
  classes: OurClass[]
  hosts: OurHost[]
  devices: OurDevice[]
}

export class Ours implements AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(databaseUrl: string): Promise<Ours> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'mog export mogilefs',
    })
    client.on('error', () => undefined) // the next statement tells it
    await client.connect()
    return new Ours(client)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.end()
  }

  /** Undefined: this cluster was never MogileFS's. */
  async adoption(): Promise<{ isFinished: boolean } | undefined> {
    const sql = 'select finished_at is not null as "isFinished" from adoption'
    return (await this.#rows(z.object({ isFinished: z.boolean() }), sql))[0]
  }

  async cluster(): Promise<OurCluster> {
    return {
      domains: await this.#rows(
        z.object({ domainId: z.int(), name: z.string() }),
        'select domain_id as "domainId", name from domain order by 1',
      ),
      classes: await this.#rows(
        OurClass,
        `select class_id as "classId", domain_id as "domainId", name, copies, policy,
          checksum_kind as "checksumKind" from class order by class_id`,
      ),
      hosts: await this.#rows(
        OurHost,
        `select host_id as "hostId", name, state, coalesce(public_url, url) as url
          from host order by host_id`,
      ),
      devices: await this.#rows(
        OurDevice,
        `select device_id as "deviceId", host_id as "hostId", state, weight
          from device order by device_id`,
      ),
    }
  }

  /** Those from a fid on. Fewer than `limit`: there are no more. */
  files(fromFid: number, limit: number): Promise<OurFile[]> {
    return this.#rows(
      OurFile,
      `select fid, domain_id as "domainId", class_id as "classId", key, bytes, checksum,
        array(select device_id from replica where replica.fid = file.fid order by 1)
          as "deviceIds"
      from file where fid >= $1 order by fid limit $2`,
      [fromFid, limit],
    )
  }

  /** The number of the last change of the namespace, and of the last fid that was given. */
  async position(): Promise<{ changeId: number; lastFid: number; files: number }> {
    const [row] = await this.#rows(
      z.object({
        changeId: z.coerce.number(),
        lastFid: z.coerce.number(),
        files: z.coerce.number(),
      }),
      `select (select last_value from fid_sequence) as "lastFid",
        coalesce(pg_sequence_last_value(pg_get_serial_sequence('change', 'change_id')::regclass), 0)
          as "changeId",
        (select coalesce(sum(files), 0) from placements()) as files`,
    )
    return row ?? { changeId: 0, lastFid: 0, files: 0 }
  }

  async #rows<Row>(row: z.ZodType<Row>, text: string, values?: unknown[]): Promise<Row[]> {
    const { rows } = await this.#client.query<Record<string, unknown>>(text, values)
    return rows.map((each) => row.parse(each))
  }
}
