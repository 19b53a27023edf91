// What is told of the whole disks below each device: temperature, and what SMART says.
import { type Family, ofEach } from '#shared/metrics/exposition.ts'
import type { Device } from '../disk/device.ts'
import type { DiskHealth } from '../disk/disk-health.ts'

interface DiskOf {
  device: Device
  health: DiskHealth
}

/** As they were found last: asking takes long, and a disk may not answer at all. */
export function diskFamilies(devices: readonly Device[], nowMs: number): Family[] {
  const disks = devices.flatMap((device) =>
    device.watch.disks(nowMs).map((health): DiskOf => ({ device, health })),
  )
  const gauge = ofEach('gauge', disks, ({ device, health }) => ({
    device: device.deviceId,
    disk: health.disk,
  }))
  return [
    gauge('mog_disk_celsius', 'Temperature of the disk.', ({ health }) => health.celsius),
    gauge('mog_disk_healthy', 'The own verdict of the disk: 0 is a failing one.', ({ health }) => {
      return health.isHealthy === undefined ? undefined : Number(health.isHealthy)
    }),
    gauge('mog_disk_bad_blocks', 'Blocks given up, waiting to be, or unreadable.', (each) => {
      return each.health.badBlocks
    }),
    gauge('mog_disk_wear_ratio', 'Of an SSD: 1 is what its maker planned for.', ({ health }) => {
      return health.wearPercent === undefined ? undefined : health.wearPercent / 100
    }),
    gauge('mog_disk_power_on_hours', 'How long it has been running in its life.', ({ health }) => {
      return health.powerOnHours
    }),
  ]
}
