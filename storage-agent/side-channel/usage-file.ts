// `usage` in a device's root, as mogstored writes it for MogileFS's trackers: how full the disk is,
// in KiB. Replaced whole, but not durably: ten seconds later there is a newer one.
import { rename, writeFile } from 'node:fs/promises'
import type { Device } from '../disk/device.ts'

export interface Room {
  bytesTotal: number
  bytesFree: number
}

const KIB = 1_024

/** As `df` counts: what only root may use is nobody's. */
export function usageText({ bytesTotal, bytesFree }: Room, disk: string, nowMs: number): string {
  const [available, total] = [Math.floor(bytesFree / KIB), Math.floor(bytesTotal / KIB)]
  const used = Math.max(total - available, 0)
  const use = total === 0 ? 0 : Math.ceil((used / total) * 100)
  const facts = {
    available,
    device: disk,
    disk,
    time: Math.floor(nowMs / 1_000),
    total,
    use: `${use}%`,
    used,
  }
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

/** On devices that operators marked read-only, too: it is no file of theirs. */
export async function writeUsage(device: Device, nowMs: number): Promise<void> {
  const { condition } = device.gauge
  if (condition !== 'ok' && condition !== 'full') return
  const text = usageText(device.gauge, device.path, nowMs)
  await device.mount?.use(({ root }) =>
    device.lane.run(async () => {
      await writeFile(`${root}/usage.next`, text)
      await rename(`${root}/usage.next`, `${root}/usage`)
    }),
  )
}
