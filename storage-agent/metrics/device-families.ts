// What is told of each device: how full, how busy, how quick, how well it is.
import { type Family, ofEach } from '#shared/metrics/exposition.ts'
import type { Device } from '../disk/device.ts'

const CONDITIONS = ['ok', 'full', 'readonly', 'fenced'] as const

export function deviceFamilies(devices: readonly Device[]): Family[] {
  const gauge = ofEach('gauge', devices, labelsOf)
  const counter = ofEach('counter', devices, labelsOf)
  return [
    conditions(devices),
    gauge('mog_device_size_bytes', 'Size of its file system.', ({ gauge: { bytesTotal } }) => {
      return bytesTotal
    }),
    gauge('mog_device_free_bytes', 'What may still be written.', (each) => each.gauge.bytesFree),
    gauge('mog_device_inodes', 'Files that its file system can hold; 0: any number.', (each) => {
      return each.measured.inodes?.inodesTotal
    }),
    gauge('mog_device_free_inodes', 'Files that it can still take.', (each) => {
      return each.measured.inodes?.inodesFree
    }),
    gauge(
      'mog_device_quarantined_files',
      'Found wrong and kept: for a person to look at.',
      (each) => {
        return each.measured.quarantined?.files
      },
    ),
    gauge('mog_device_quarantined_bytes', 'The room that they take.', (each) => {
      return each.measured.quarantined?.bytes
    }),
    gauge('mog_device_utilization_ratio', 'Share of the time that it had work.', (each) => {
      return each.gauge.utilization
    }),
    gauge('mog_device_operations_in_flight', 'Operations on its disk now.', ({ lane }) => {
      return lane.running
    }),
    gauge('mog_device_operations_waiting', 'Operations that wait for a place.', ({ lane }) => {
      return lane.waiting
    }),
    counter('mog_device_read_bytes_total', 'Bytes that we read from it.', (each) => {
      return each.tally.bytesRead
    }),
    counter('mog_device_written_bytes_total', 'Bytes of files that we stored on it.', (each) => {
      return each.tally.bytesWritten
    }),
    gauge('mog_device_wait_seconds', 'What a find or a store took lately.', ({ tally }) => {
      return tally.waitMs / 1_000
    }),
    ...paceFamilies(devices),
    histogram(devices, 'find', 'How long it took to find a file; a small one is read whole.'),
    histogram(devices, 'store', 'How long it took to make a small file durable.'),
    ...selfTestFamilies(devices),
    ...blockFamilies(devices),
  ]
}

const labelsOf = ({ deviceId }: Device) => ({ device: deviceId })
const stats = ({ measured }: Device) => measured.block?.stats
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000)

function conditions(devices: readonly Device[]): Family {
  const samples = devices.flatMap((device) =>
    CONDITIONS.map((condition) => ({
      labels: { ...labelsOf(device), condition },
      value: device.gauge.condition === condition ? 1 : 0,
    })),
  )
  const help = 'Whether it is in this condition.'
  return { name: 'mog_device_condition', help, type: 'gauge', samples }
}

const histogram = (devices: readonly Device[], what: 'find' | 'store', help: string): Family => ({
  name: `mog_device_${what}_seconds`,
  help,
  type: 'histogram',
  samples: devices.flatMap((device) => device.tally[what].samples(labelsOf(device))),
})

/** What background work may do there, and what it did. */
function paceFamilies(devices: readonly Device[]): Family[] {
  const gauge = ofEach('gauge', devices, labelsOf)
  const ways = devices.flatMap((device) => [
    { device, way: 'out', flow: device.outflow },
    { device, way: 'in', flow: device.inflow },
  ])
  const flow = ofEach('counter', ways, ({ device, way }) => ({ ...labelsOf(device), way }))
  return [
    gauge('mog_device_jobs_at_once', 'How many jobs may run on it now.', (one) => one.jobsAtOnce),
    gauge('mog_device_wanted', 'Clients wait for it: background work yields.', (one) => {
      return Number(one.isWanted)
    }),
    gauge('mog_device_copies_out', 'Copies that other agents read from it.', ({ copiesOut }) => {
      return copiesOut.running
    }),
    flow('mog_device_copy_bytes_total', 'Bytes of copies, from it and to it.', (one) => {
      return one.flow.bytes
    }),
    flow('mog_device_copy_held_seconds_total', 'How long its pace held copies up.', (one) => {
      return one.flow.heldMs / 1_000
    }),
  ]
}

function selfTestFamilies(devices: readonly Device[]): Family[] {
  const counter = ofEach('counter', devices, labelsOf)
  const gauge = ofEach('gauge', devices, labelsOf)
  return [
    counter('mog_device_self_tests_total', 'Test files written and read back.', (each) => {
      return each.measured.selfTest?.runs
    }),
    counter('mog_device_self_test_failures_total', 'Of these, those that failed.', (each) => {
      return each.measured.selfTest?.failures
    }),
    gauge('mog_device_self_test_write_seconds', 'How long the last one took to write.', (each) => {
      return seconds(each.measured.selfTest?.writeMs)
    }),
    gauge('mog_device_self_test_read_seconds', 'How long the last one took to read.', (each) => {
      return seconds(each.measured.selfTest?.readMs)
    }),
  ]
}

/** As the kernel counts for the block device, whoever uses it. */
function blockFamilies(devices: readonly Device[]): Family[] {
  const counter = ofEach('counter', devices, (device) => ({
    ...labelsOf(device),
    block: device.measured.block?.name ?? '',
  }))
  return [
    counter('mog_device_block_reads_total', 'Reads of its block device.', (each) => {
      return stats(each)?.reads
    }),
    counter('mog_device_block_read_bytes_total', 'Bytes read from its block device.', (each) => {
      return stats(each)?.bytesRead
    }),
    counter('mog_device_block_writes_total', 'Writes to its block device.', (each) => {
      return stats(each)?.writes
    }),
    counter('mog_device_block_written_bytes_total', 'Bytes written to it.', (each) => {
      return stats(each)?.bytesWritten
    }),
    counter('mog_device_block_busy_seconds_total', 'Time in which it had work.', (each) => {
      const busyMs = stats(each)?.busyMs
      return busyMs === undefined ? undefined : busyMs / 1_000
    }),
  ]
}
