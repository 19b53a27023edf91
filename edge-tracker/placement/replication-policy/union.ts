// Union: every member is content. Pure. MogileFS parses it and then dies of it (section 4).

import type { DeviceView } from '#shared/device-view.ts'
import { isContent, type Policy, type PolicyAsk, type Verdict } from './verdict.ts'

export function union(members: readonly Policy[], ask: PolicyAsk): Verdict {
  const verdicts = members.map((member) => member.judge(ask))
  const short = verdicts.filter((verdict) => verdict.kind === 'short')
  if (short.length > 0) return merge(short, ask.candidates)

  const stuck = verdicts.filter((verdict) => verdict.kind === 'stuck')
  if (stuck.length > 0)
    return { kind: 'stuck', reason: [...new Set(stuck.map(({ reason }) => reason))].join('; ') }
  return { kind: canSpareOne(members, ask) ? 'too-good' : 'good' }
}

type Short = Extract<Verdict, { kind: 'short' }>

/** Best is what is ideal for all who want a copy; next what is ideal for any of them. */
function merge(verdicts: readonly Short[], candidates: readonly DeviceView[]): Short {
  const idealFor = (device: DeviceView) =>
    verdicts.filter(({ ideal }) => ideal.includes(device)).length
  const best = Math.max(0, ...candidates.map(idealFor))
  const ideal = candidates.filter((device) => best > 0 && idealFor(device) === best)
  const acceptable = candidates.filter(
    (device) =>
      !ideal.includes(device) &&
      verdicts.some((each) => each.ideal.includes(device) || each.desperate.includes(device)),
  )
  const lastResort = candidates.filter(
    (device) =>
      !ideal.includes(device) &&
      !acceptable.includes(device) &&
      verdicts.some((each) => each.lastResort?.includes(device) === true),
  )
  return { kind: 'short', ideal, desperate: acceptable, lastResort }
}

/** A member alone may have more than it wants because another one wants it there. */
const canSpareOne = (members: readonly Policy[], ask: PolicyAsk) =>
  ask.on.some((spared) => {
    const on = ask.on.filter((device) => device !== spared)
    return members.every((member) => isContent(member.judge({ ...ask, on })))
  })
