// Partial files whose time is over are erased: their uploads are too, and nothing names them (I7).
import { readdir } from 'node:fs/promises'
import { Fid } from '#shared/ids.ts'
import type { Device } from '../device.ts'
import { PARTIAL_DIR } from '../layout.ts'
import { readRecord, removeRecord } from './record.ts'

/** The number of those that went. */
export const expirePartials = (device: Device, nowS: number): Promise<number> =>
  device.write(async ({ root }) => {
    const names = await device.lane.run(() => readdir(`${root}/${PARTIAL_DIR}`))
    let expired = 0
    const isOver = async (fid: Fid) => {
      const record = await device.lane.run(() => readRecord(root, fid).catch(() => undefined))
      return record === undefined || record.untilS <= nowS
    }
    for (const fid of new Set(names.map(fidIn))) {
      // looked at without a claim first: whoever goes on with an upload is not to be kept waiting
      if (fid === undefined || !(await isOver(fid)) || device.partials.has(fid)) continue
      using _ = device.partials.take(fid)
      if (!(await isOver(fid))) continue
      await device.lane.run(() => removeRecord(root, fid))
      expired++
    }
    return expired
  })

function fidIn(name: string): Fid | undefined {
  const digits = /^(\d{1,16})\.(?:data|json)(?:\.next)?$/.exec(name)?.[1]
  return digits === undefined ? undefined : Fid.safeParse(Number(digits)).data
}
