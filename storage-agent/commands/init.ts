// `mog-agent init`: enrolls this host and makes directories devices. What it makes belongs to whom
// the root belongs to: an operator who is root prepares it for the agent's own account.
import { jsonEvents } from '#shared/events.ts'
import { DeviceId } from '#shared/ids.ts'
import { DEFAULT_ROOT } from '../config.ts'
import { initAgent, initDevice } from '../init.ts'
import { UsageError } from '../usage-error.ts'
import { wholeNumber } from './whole-number.ts'

type Name = 'tracker' | 'token' | 'url' | 'devices' | 'device' | 'root'
type Given = Readonly<Partial<Record<Name, string>>>

export async function init(
  values: Given,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const root = values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT
  const events = jsonEvents('agent')
  if (values.device !== undefined) {
    const deviceId = DeviceId.parse(wholeNumber(values.device))
    await initDevice(root, deviceId)
    events.emit('info', 'device.formatted', { root, deviceId })
    return
  }
  const { tracker = env['MOG_TRACKER_URL'], token, url = env['MOG_PUBLIC_URL'] } = values
  if (tracker === undefined || token === undefined || url === undefined)
    throw new UsageError('init needs --tracker, --token and --url, or --device')
  const newDevices = wholeNumber(values.devices ?? '1')
  const trackerUrls = tracker.split(',')
  const enrolled = await initAgent({ root, trackerUrls, token, publicUrl: url, newDevices })
  const { hostId, host, deviceIds } = enrolled
  events.emit('info', 'agent.enrolled', { root, hostId, host, deviceIds })
}
