// What is wrong with where a file lies now, whatever is on the way. Pure. MogileFS's fsck: a file
// that has too many copies lies wrongly, too.
import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { storedPolicy } from './replication-policy/parse-policy.ts'

export interface Placed {
  copies: number
  policy: string
  on: readonly DeviceId[]
}

export interface Breach {
  code: 'NOPA' | 'POVI'
  detail: string
}

export function checkPolicy(
  { copies, policy: text, on: ids }: Placed,
  devices: ReadonlyMap<DeviceId, DeviceView>,
): Breach | undefined {
  const on = ids
    .map((id) => devices.get(id))
    .filter((device) => device !== undefined)
    .filter(({ state }) => deviceCapabilities[state].keeps)
  if (on.length === 0) return { code: 'NOPA', detail: `${ids.length} copies, all on dead devices` }

  // no candidates: only what is there counts, and neither good nor too good means short
  const policy = storedPolicy(text)
  const verdict = policy.judge({ on, all: [...devices.values()], candidates: [], copies })
  if (verdict.kind === 'good') return undefined
  const hosts = new Set(on.map(({ hostId }) => hostId)).size
  const wanted = policy.copies(copies)
  const lies = `${on.length} of ${wanted} copies, on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`
  return { code: 'POVI', detail: verdict.kind === 'too-good' ? `too many: ${lies}` : lies }
}
