// Erases one fid from one of our devices. Safe to run twice: that it is gone is success (I5). The
// tracker forgot the replica before it made this job (I2): a crash costs a repeat.
import type { DeleteJob } from '#shared/wire/agents.ts'
import { erase } from '../disk/erase.ts'
import type { JobDeps, JobOutcome } from './index.ts'

export async function deleteFile(
  { deviceId, fid }: DeleteJob,
  { devices, events }: JobDeps,
): Promise<JobOutcome> {
  const found = await erase(devices.get(deviceId), fid)
  events.emit('debug', 'replica.erased', { deviceId, fid, found })
  return { outcome: 'done' }
}
