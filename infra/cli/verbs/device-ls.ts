// The devices: what the operator says of each, and what its agent found.
import type { Device } from '#shared/wire/admin.ts'
import { humanBytes, humanMs, humanShare } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [
  ['DEVICE', 'right'],
  ['HOST'],
  ['STATE'],
  ['WEIGHT', 'right'],
  ['FREE', 'right'],
  ['OF', 'right'],
  ['BUSY', 'right'],
  ['SILENT FOR'],
  ['CONDITION'],
]

export const deviceLs = defineVerb({
  usage: 'device ls',
  says: 'lists the devices, their room and condition',
  example: 'mog device ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.devices.list()
    await context.say(list, table(columns, list.devices.map(rowOf)))
  },
})

const rowOf = (device: Device): string[] => [
  String(device.deviceId),
  device.host,
  device.state,
  String(device.weight),
  shown(device.bytesFree, humanBytes),
  shown(device.bytesTotal, humanBytes),
  shown(device.utilization, humanShare),
  shown(device.silentMs, humanMs),
  [device.condition ?? '-', ...(device.reason === null ? [] : [device.reason])].join(': '),
]

const shown = (value: number | null, human: (value: number) => string): string =>
  value === null ? '-' : human(value)
