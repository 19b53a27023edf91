// MultipleDevices: as many copies as the class wants, on different devices, of whatever hosts.
// Pure. The rules and their order are MogileFS's (section 4).
import { isOnEveryDisk } from './cluster-shape.ts'
import { NO_DEVICE, type PolicyAsk, type Verdict } from './verdict.ts'

export function multipleDevices({ on, all, candidates, copies }: PolicyAsk): Verdict {
  if (on.length === copies) return { kind: 'good' }
  if (on.length > copies) return { kind: 'too-good' }
  if (isOnEveryDisk(on, all)) return { kind: 'good' }
  if (candidates.length === 0) return { kind: 'stuck', reason: NO_DEVICE }
  return { kind: 'short', ideal: candidates, desperate: [] }
}
