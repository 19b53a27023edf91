// What a MogileFS database says of all but its files: small tables, read whole.
import * as z from 'zod'
import { OLDEST_SCHEMA } from './limits.ts'
import { AdoptionRefusal } from './refusal.ts'
import type { Source } from './source.ts'

const Domain = z.object({ dmid: z.coerce.number(), namespace: z.string() })
const Class = z.object({
  dmid: z.coerce.number(),
  classid: z.coerce.number(),
  classname: z.string(),
  mindevcount: z.coerce.number(),
  replpolicy: z.string().nullable(),
  hashtype: z.coerce.number().nullable(),
})
const Host = z.object({
  hostid: z.coerce.number(),
  status: z.string().nullable(),
  hostname: z.string(),
  hostip: z.string().nullable(),
  http_port: z.coerce.number().nullable(),
  http_get_port: z.coerce.number().nullable(),
  altip: z.string().nullable(),
  altmask: z.string().nullable(),
})
const Device = z.object({
  devid: z.coerce.number(),
  hostid: z.coerce.number(),
  status: z.string().nullable(),
  weight: z.coerce.number().nullable(),
})
const Setting = z.object({ field: z.string(), value: z.string().nullable() })

export interface OldCluster {
  domains: z.infer<typeof Domain>[]
  classes: z.infer<typeof Class>[]
  hosts: z.infer<typeof Host>[]
  devices: z.infer<typeof Device>[]
  settings: z.infer<typeof Setting>[]
}

export async function readCluster(source: Source): Promise<OldCluster> {
  const settings = await settingsOf(source)
  const rows = async <Each>(row: z.ZodType<Each>, sql: string) =>
    z.array(row).parse(await source.query(sql))
  return {
    settings,
    domains: await rows(Domain, 'select dmid, namespace from domain order by dmid'),
    classes: await rows(
      Class,
      `select dmid, classid, classname, mindevcount, replpolicy, hashtype
        from class order by dmid, classid`,
    ),
    hosts: await rows(
      Host,
      `select hostid, status, hostname, hostip, http_port, http_get_port, altip, altmask
        from host order by hostid`,
    ),
    devices: await rows(Device, 'select devid, hostid, status, weight from device order by devid'),
  }
}

async function settingsOf(source: Source): Promise<OldCluster['settings']> {
  const rows = await source.query('select field, value from server_settings order by field')
  const settings = z.array(Setting).parse(rows)
  const version = Number(settings.find(({ field }) => field === 'schema_version')?.value ?? 0)
  if (version >= OLDEST_SCHEMA) return settings
  throw new AdoptionRefusal(
    `The database has MogileFS's schema ${version}, which is older than ${OLDEST_SCHEMA}`,
    "MogileFS's own mogdbsetup brings it up to date, while its trackers run.",
  )
}

const Totals = z.object({
  files: z.coerce.number(),
  bytes: z.coerce.number().nullable(),
})
const Count = z.object({ count: z.coerce.number() })
const Highest = z.object({ highest: z.coerce.number().nullable() })

export interface OldTotals {
  files: number
  bytes: number
  /** On devices that count. */
  copies: number
}

/** All that is there now, counted by the server. */
export async function readTotals(source: Source, deviceIds: Iterable<number>): Promise<OldTotals> {
  const [totals] = await source.query('select count(*) as files, sum(length) as bytes from file')
  const { files, bytes } = Totals.parse(totals)
  const devices = [...deviceIds]
  const [copies] = await source.query(
    `select count(*) as count from file_on join file on file.fid = file_on.fid
      where devid in (${devices.map(() => '?').join(', ') || 'null'})`,
    devices,
  )
  return { files, bytes: bytes ?? 0, copies: Count.parse(copies).count }
}

/** The highest fid that was ever given out, as far as the tables can tell. */
export async function readHighestFid(source: Source): Promise<number> {
  const [row] = await source.query(
    `select max(fid) as highest from (
      select max(fid) as fid from file union all select max(fid) from tempfile
      union all select max(fid) from file_on) as known`,
  )
  return Highest.parse(row).highest ?? 0
}

/** What is under way there, and how much of it. */
export async function readQueues(source: Source): Promise<Record<string, number>> {
  const tables = ['tempfile', 'file_to_replicate', 'file_to_delete', 'file_to_delete2']
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const [row] = await source.query(`select count(*) as count from ${table}`)
    counts[table] = Count.parse(row).count
  }
  return counts
}

/** What the walk passes over without a word of its own, counted and told. */
export async function readOddities(source: Source, { copies }: OldTotals): Promise<string[]> {
  const [unclassed] = await source.query(
    `select count(*) as count from file
      left join class on class.dmid = file.dmid and class.classid = file.classid
      where file.classid <> 0 and class.classid is null`,
  )
  const [all] = await source.query(
    'select count(*) as count from file_on join file on file.fid = file_on.fid',
  )
  const [strays, elsewhere] = [Count.parse(unclassed).count, Count.parse(all).count - copies]
  return [
    ...(strays > 0 ? [`${strays} files of classes that are not there: they are of default`] : []),
    ...(elsewhere > 0 ? [`${elsewhere} copies on devices that are dead, or not there`] : []),
  ]
}
