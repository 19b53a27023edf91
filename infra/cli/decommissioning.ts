// How far devices on their way out are, as people read it.
import type { Decommission } from '#shared/wire/moving.ts'
import { humanBytes } from './human-units.ts'
import { table } from './table.ts'

export const decommissionOptions = {
  status: { type: 'boolean', says: 'only looks' },
  cancel: { type: 'boolean', says: 'takes it back into service' },
} as const

/** The three things that can be asked for. */
interface Leaving {
  status: () => Promise<Decommission>
  begin: () => Promise<Decommission>
  cancel: () => Promise<Decommission>
}

export function askLeaving(
  leaving: Leaving,
  { status, cancel }: { status?: boolean | undefined; cancel?: boolean | undefined },
): Promise<Decommission> {
  if (cancel === true) return leaving.cancel()
  return status === true ? leaving.status() : leaving.begin()
}

export function humanDecommission(what: string, { devices, refused, isSafe }: Decommission) {
  const columns = [
    ['DEVICE', 'right'],
    ['STATE'],
    ['FILES', 'right'],
    ['SIZE', 'right'],
    ['LEAVING NOW', 'right'],
    ['SAFE TO PULL'],
  ] as const
  const rows = devices.map((device) => [
    String(device.deviceId),
    device.state,
    String(device.files),
    humanBytes(device.bytes),
    String(device.leaving),
    safety(device),
  ])
  return [
    devices.length === 0 ? `${what} has no devices.` : table(columns, rows),
    humanRefusals(refused),
    isSafe ? `${what} is safe to pull.` : `${what} is not safe to pull yet.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function safety({ isSafe, files, arriving }: Decommission['devices'][number]): string {
  if (isSafe) return 'yes'
  return files === 0 && arriving ? 'soon' : 'no'
}

export const humanRefusals = (refused: Decommission['refused']): string =>
  refused.length === 0
    ? ''
    : table(
        [['STAY', 'right'], ['ON', 'right'], ['BECAUSE']],
        refused.map(({ deviceId, reason, files }) => [String(files), String(deviceId), reason]),
      )
