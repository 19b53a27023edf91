// What a disk says of itself, by `smartctl` where that is installed and may ask. Pure but for the
// call, which is bounded in time and in output, and leaves a sleeping disk asleep.
import { execFile } from 'node:child_process'
import * as z from 'zod'
import { MAX_SMART_OUTPUT_BYTES, SMART_ANSWER_MS } from '../limits.ts'

export interface SmartReport {
  /** The disk's own verdict; undefined where it gives none. */
  isHealthy?: boolean
  celsius?: number
  powerOnHours?: number
  /** Of an SSD: 100 is as much as its maker planned for. */
  wearPercent?: number
  /** Sectors that were given up, that wait to be, or blocks that could not be read. */
  badBlocks?: number
}

const lenient = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined)
const count = lenient(z.number())

/** What of `smartctl --json` is used; what does not fit is as if it were not there. */
const Output = z.object({
  smart_status: lenient(z.object({ passed: z.boolean() })),
  temperature: lenient(z.object({ current: z.number() })),
  power_on_time: lenient(z.object({ hours: z.number() })),
  nvme_smart_health_information_log: lenient(
    z.object({ percentage_used: count, media_errors: count }),
  ),
  scsi_grown_defect_list: count,
  ata_smart_attributes: lenient(
    z.object({ table: z.array(z.object({ id: z.int(), raw: z.object({ value: z.number() }) })) }),
  ),
})

/** Reallocated, pending and offline uncorrectable sectors. */
const ATA_BAD_SECTORS: ReadonlySet<number> = new Set([5, 197, 198])

/** Undefined: it says nothing of the disk, as where it may not ask or the disk has no SMART. */
export function readSmart(json: string): SmartReport | undefined {
  const parsed = Output.safeParse(parseJson(json))
  if (!parsed.success) return undefined
  const { data } = parsed
  const nvme = data.nvme_smart_health_information_log
  const bad = data.ata_smart_attributes?.table.filter(({ id }) => ATA_BAD_SECTORS.has(id))
  const badBlocks =
    bad?.reduce((sum, { raw }) => sum + raw.value, 0) ??
    nvme?.media_errors ??
    data.scsi_grown_defect_list
  const report = {
    isHealthy: data.smart_status?.passed,
    celsius: data.temperature?.current,
    powerOnHours: data.power_on_time?.hours,
    wearPercent: nvme?.percentage_used,
    badBlocks,
  }
  const known = Object.entries(report).filter(([, value]) => value !== undefined)
  return known.length === 0 ? undefined : Object.fromEntries(known)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Never rejects; a disk that keeps the program waiting keeps only this promise waiting. */
export function askSmart(disk: string): Promise<SmartReport | undefined> {
  const args = ['--json', '--nocheck=standby', '--health', '--attributes', `/dev/${disk}`]
  const bounds = {
    timeout: SMART_ANSWER_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_SMART_OUTPUT_BYTES,
  } as const
  return new Promise((resolve) => {
    // its exit code is a set of bits, some of which are news about a disk that was read well
    const child = execFile('smartctl', args, bounds, (_error, stdout) => resolve(readSmart(stdout)))
    child.unref()
  })
}
