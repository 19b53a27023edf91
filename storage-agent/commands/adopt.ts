// `mog-agent adopt`: takes over devices of MogileFS under their numbers, with the files on them.
import { jsonEvents } from '#shared/events.ts'
import { DeviceId } from '#shared/ids.ts'
import { DEFAULT_ROOT } from '../config.ts'
import { adopt as adoptDevice } from '../init.ts'
import { UsageError } from '../usage-error.ts'
import { wholeNumber } from './whole-number.ts'

export async function adopt(
  numbers: readonly string[],
  values: { root?: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (numbers.length === 0) throw new UsageError('adopt needs the numbers of devices')
  const deviceIds = numbers.map((text) => DeviceId.parse(wholeNumber(text)))
  const root = values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT
  for (const deviceId of deviceIds) {
    await adoptDevice(root, deviceId)
    jsonEvents('agent').emit('info', 'device.adopted', { root, deviceId })
  }
}
