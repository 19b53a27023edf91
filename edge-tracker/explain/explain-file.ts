// Why a file lies where it lies, and what comes next: the same pure answers that place, plan and
// rank, told in sentences. Decides nothing.
import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities } from '#shared/states.ts'
import type { ExplainedCopy, Explanation } from '#shared/wire/explain.ts'
import type { FileFacts } from '../db/explain.ts'
import { readability } from '../placement/rank-sources.ts'
import { storedPolicy } from '../placement/replication-policy/parse-policy.ts'
import { explainCandidates } from './explain-candidates.ts'
import { explainJob } from './explain-job.ts'
import { at, counted, lasting } from './words.ts'

export interface ExplainAsk {
  facts: FileFacts
  devices: ReadonlyMap<DeviceId, DeviceView>
  settings: Settings
  isSilent: (baseUrl: string) => boolean
}

export function explainFile(ask: ExplainAsk): Explanation {
  const { facts, devices } = ask
  const policy = storedPolicy(facts.policy)
  const copies = facts.lying.map((copy) => explainCopy(copy, ask))
  const jobs = facts.jobs.map((job) => explainJob(job, ask))
  const all = [...devices.values()]
  const known = (ids: readonly DeviceId[]) => all.filter(({ deviceId }) => ids.includes(deviceId))
  const idsOf = (kind: 'replicate' | 'delete') =>
    jobs.filter((job) => job.kind === kind).map(({ deviceId }) => deviceId)

  const there = known(copies.filter(({ counts }) => counts).map(({ deviceId }) => deviceId))
  const coming = known(idsOf('replicate')).filter((device) => !there.includes(device))
  const { candidates, ...verdicts } = explainCandidates({
    ...ask,
    policy,
    there,
    coming,
    leaving: idsOf('delete'),
  })
  const wantedCopies = policy.copies(facts.copies)
  const { domain, key, fid, bytes, shortfall, lost } = facts
  const told = { ...verdicts, copies, jobs, shortfall, lost }
  const whole = { domain, key, fid, class: facts.class, bytes, policy: policy.text, wantedCopies }
  return { ...whole, ...told, candidates, says: sentences({ ...whole, ...told }, facts.nowMs) }
}

function explainCopy(
  { deviceId, verifiedAtMs }: FileFacts['lying'][number],
  ask: ExplainAsk,
): ExplainedCopy {
  const device = ask.devices.get(deviceId)
  if (device === undefined) {
    const says = `device ${deviceId} holds a copy, but it is not known any more`
    return { deviceId, host: '?', counts: false, verifiedAtMs, readTier: null, says }
  }
  const move = ask.facts.moves.find((each) => each.deviceId === deviceId)
  const host = ask.facts.hosts[device.hostId] ?? '?'
  const { tier, why } = readability(device, ask)
  const order = [
    'readers are sent there first',
    'readers are sent there after others',
    'last of all',
  ]
  const parts = [
    `device ${deviceId} on host ${host} holds a copy`,
    tier === null ? `it is not offered to readers: ${why}` : `${order[tier]}: ${why}`,
    verifiedAtMs === null
      ? 'its bytes were verified when they were stored'
      : `its bytes were verified at ${at(verifiedAtMs)}`,
    ...(deviceCapabilities[device.state].keeps ? [] : ['it does not count']),
    ...(move === undefined ? [] : [leaves(move)]),
  ]
  const counts = deviceCapabilities[device.state].keeps && move === undefined
  return { deviceId, host, counts, verifiedAtMs, readTier: tier, says: parts.join('; ') }
}

const leaves = ({ rebalance }: FileFacts['moves'][number]): string =>
  `it is to leave ${rebalance ? 'in a rebalance' : 'its drained device'}`

type Told = Omit<Explanation, 'says' | 'candidates'>

function sentences(file: Told, nowMs: number): string[] {
  const { domain, key, fid, bytes, copies, jobs, shortfall } = file
  const asks = `which asks for ${counted(file.wantedCopies, 'copy', 'copies')} by ${file.policy}`
  return [
    `${domain}/${key} is fid ${fid} of ${counted(bytes, 'byte')}, of class ${file.class}, ${asks}.`,
    ...(copies.length === 0 ? ['No copy is recorded.'] : copies.map(({ says }) => sentence(says))),
    verdictSentence(file),
    ...jobs.map(({ says }) => sentence(says)),
    ...(shortfall === null ? [] : [shortfallSentence(shortfall, nowMs)]),
    ...(file.lost === null ? [] : [lostSentence(file.lost)]),
  ]
}

const sentence = (says: string) => `${says.charAt(0).toUpperCase()}${says.slice(1)}.`

function verdictSentence({ verdict, verdictWhenDone, stuck, copies }: Told): string {
  const there = counted(copies.filter(({ counts }) => counts).length, 'copy counts', 'copies count')
  if (verdict === 'good') return `${there}: its policy is met.`
  if (verdict === 'too-good') return `${there}: that is more than the policy asks for.`
  if (verdictWhenDone !== 'short')
    return `${there}: the file is short of its policy, until what is on its way has come.`
  return stuck === null
    ? `${there}: the file is short of its policy.`
    : `${there}: the file is short of its policy, and stays so for now: ${stuck}.`
}

function shortfallSentence(
  { reason, sinceMs, tryAtMs, failures }: NonNullable<Explanation['shortfall']>,
  nowMs: number,
): string {
  const tries = failures === 0 ? '' : ` after ${counted(failures, 'look')} in vain`
  const again = tryAtMs <= nowMs ? 'with the next sweep' : `in ${lasting(tryAtMs - nowMs)}`
  const next = `it is looked at again ${again}${tries}`
  return `It is short since ${at(sinceMs)}, and no copy is ordered: ${reason}; ${next}.`
}

const lostSentence = ({ sinceMs, goneAtMs }: NonNullable<Explanation['lost']>): string =>
  goneAtMs === null
    ? `No good copy is known since ${at(sinceMs)}: every device is searched for one.`
    : `No good copy is known since ${at(sinceMs)}: every device was searched in vain.`
