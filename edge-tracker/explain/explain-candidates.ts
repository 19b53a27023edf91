// Every device, and whether it could take another copy of a file: the policy's own judgement and
// the planner's own reasons.
import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import type { Candidate, Explanation, PolicyVerdict } from '#shared/wire/explain.ts'
import type { Policy, Verdict } from '../placement/replication-policy/verdict.ts'
import { whyNot } from '../placement/why-not.ts'
import type { ExplainAsk } from './explain-file.ts'

interface CandidatesAsk extends ExplainAsk {
  policy: Policy
  /** Where copies are that count, and where more are on their way. */
  there: readonly DeviceView[]
  coming: readonly DeviceView[]
  leaving: readonly DeviceId[]
}

type Candidates = Pick<Explanation, 'candidates' | 'verdict' | 'verdictWhenDone' | 'stuck'>

export function explainCandidates(ask: CandidatesAsk): Candidates {
  const { facts, settings, policy, there, coming, leaving } = ask
  const all = [...ask.devices.values()]
  const { bytes, copies } = facts
  const on = facts.lying.map(({ deviceId }) => deviceId)
  const placed = { bytes, settings, on, coming: idsOf(coming), leaving }
  const refusals = new Map(all.map((device) => [device, whyNot(device, placed)]))
  const able = all.filter((device) => refusals.get(device) === undefined)

  const judge = (placedOn: readonly DeviceView[]) =>
    policy.judge({ on: placedOn, all, candidates: able, copies })
  const verdict = judge(there)
  const whenDone = judge([...there, ...coming])
  const candidates = all.map((device): Candidate => {
    const { deviceId, hostId } = device
    const host = facts.hosts[hostId] ?? '?'
    const refusal = refusals.get(device)
    if (refusal !== undefined) return { deviceId, host, rank: null, says: refusal }
    const rank = rankIn(whenDone, device)
    return { deviceId, host, rank, says: RANKS[rank] }
  })
  const stuck = whenDone.kind === 'stuck' ? whenDone.reason : null
  return { candidates, verdict: wordOf(verdict), verdictWhenDone: wordOf(whenDone), stuck }
}

const wordOf = ({ kind }: Verdict): PolicyVerdict => (kind === 'stuck' ? 'short' : kind)

type Rank = NonNullable<Candidate['rank']>

const RANKS: Record<Rank, string> = {
  ideal: 'it is a place that the policy likes best for the next copy',
  desperate: 'it would take the next copy if no better place had room',
  'last resort': 'it would take the next copy if no other device had room',
  'not needed': 'it could take a copy, but the policy asks for none there',
}

function rankIn(verdict: Verdict, device: DeviceView): Rank {
  if (verdict.kind !== 'short') return 'not needed'
  if (verdict.ideal.includes(device)) return 'ideal'
  if (verdict.desperate.includes(device)) return 'desperate'
  return verdict.lastResort?.includes(device) === true ? 'last resort' : 'not needed'
}

const idsOf = (devices: readonly DeviceView[]) => devices.map(({ deviceId }) => deviceId)
