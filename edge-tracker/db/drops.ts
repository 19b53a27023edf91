// Copies that are more than a policy wants, or that leave: their rows go, then their bytes (I2).
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { MAX_JOBS_PER_DEVICE } from '#shared/limits.ts'
import { statement } from './statement.ts'

const Dropped = z.object({ fid: Fid, deviceId: DeviceId })

export interface Drop {
  fid: Fid
  deviceId: DeviceId
  /** It is right as long as all of these hold the file. */
  keep: readonly DeviceId[]
}

/** What was right to drop, judged under the lock of the file: another tracker may drop others. */
export const dropCopies = (drops: readonly Drop[]) => statement(Dropped)`
  select dropped_fid as fid, dropped_device_id as "deviceId"
  from drop_copies(${drops.map((each) => each.fid)}::bigint[],
    ${drops.map((each) => each.deviceId)}::int[],
    ${drops.map((each) => `{${each.keep.join(',')}}`)}::text[], ${MAX_JOBS_PER_DEVICE})`
