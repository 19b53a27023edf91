// MultipleHosts: as many copies as the class wants, on different hosts while there are hosts.
// Pure. The rules and their order are MogileFS's (section 4).

import type { DeviceView } from '#shared/device-view.ts'
import { available, hostsOf, isOnEveryDisk } from './cluster-shape.ts'
import { NO_DEVICE, type PolicyAsk, type Verdict } from './verdict.ts'

export function multipleHosts({ on, all, candidates, copies }: PolicyAsk): Verdict {
  const usedHosts = hostsOf(on)
  if (copies === 1 && on.length === 1) return { kind: 'good' }
  if (usedHosts.size > copies || on.length > copies) return { kind: 'too-good' }
  if (usedHosts.size === copies) return { kind: 'good' }

  const onEveryHost = hostsOf(available(all)).isSubsetOf(usedHosts)
  if (onEveryHost && on.length >= copies) return { kind: 'good' }
  if (isOnEveryDisk(on, all)) return { kind: 'good' }

  const onUsedHost = (device: DeviceView) => usedHosts.has(device.hostId)
  const ideal = onEveryHost ? candidates : candidates.filter((device) => !onUsedHost(device))
  const desperate = onEveryHost ? [] : candidates.filter(onUsedHost)
  if (candidates.length === 0) return { kind: 'stuck', reason: NO_DEVICE }
  if (on.length >= copies && ideal.length === 0)
    return { kind: 'stuck', reason: 'copies share a host, and no other host can take one' }
  return { kind: 'short', ideal, desperate }
}
