// The rebalance: its policy, what it would do, start, stop and go on, how far it is (MogileFS
// Q29-Q31). The sweeps do it.
import { ASSUMED_MOVE_BYTES_PER_S, ASSUMED_MOVE_FILES_PER_S } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { RebalancePolicyChange, type RebalanceTest } from '#shared/wire/moving.ts'
import { first } from '../../db/db.ts'
import {
  holdings,
  readRebalance,
  resetRebalance,
  resumeRebalance,
  startRebalance,
  stopRebalance,
} from '../../db/rebalance.ts'
import type { Deps } from '../../deps.ts'
import {
  isOneOf,
  planRebalance,
  type RebalancePlan,
  withHosts,
} from '../../placement/rebalance-plan.ts'
import { parseRebalancePolicy, storedRebalancePolicy } from '../../placement/rebalance-policy.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function status(c: TrackerContext): Promise<Response> {
  const { hosts: _hosts, ...rebalance } = await read(c.var.deps)
  return c.json(rebalance)
}

export async function setPolicy(c: TrackerContext): Promise<Response> {
  const { policy } = await readJson(c, RebalancePolicyChange)
  const { hosts, devices } = parseRebalancePolicy(policy).from
  await expectKnown(c.var.deps, hosts, devices)
  if ((await first(c.var.deps.db, resetRebalance(c.var.caller, policy))) === undefined)
    throw new Problem('no_set_rebal')
  return status(c)
}

/** Changes nothing: what a start would do now. */
export async function test(c: TrackerContext): Promise<Response> {
  const { plan } = await makePlan(c.var.deps)
  const { filesLeft: _files, bytesLeft: _bytes, ...shown } = plan
  const answer: RebalanceTest = { ...shown, estimatedS: await estimate(c.var.deps, plan) }
  return c.json(answer)
}

export async function start(c: TrackerContext): Promise<Response> {
  const { db } = c.var.deps
  if ((await first(db, resumeRebalance(c.var.caller))) !== undefined) return status(c)
  const { plan, policy } = await makePlan(c.var.deps)
  if ((await first(db, startRebalance(c.var.caller, policy, plan))) === undefined)
    throw new Problem('rebal_running')
  return status(c)
}

export async function stop(c: TrackerContext): Promise<Response> {
  if ((await first(c.var.deps.db, stopRebalance(c.var.caller))) === undefined)
    throw new Problem('rebal_not_started')
  return status(c)
}

export async function reset(c: TrackerContext): Promise<Response> {
  if ((await first(c.var.deps.db, resetRebalance(c.var.caller))) === undefined)
    throw new Problem('rebal_running')
  return status(c)
}

async function read({ db }: Pick<Deps, 'db'>) {
  const rebalance = await first(db, readRebalance())
  if (rebalance === undefined) throw new Error('the rebalance has no row')
  return rebalance
}

async function makePlan({ db, view }: Deps): Promise<{ plan: RebalancePlan; policy: string }> {
  const { policy, hosts } = await read({ db })
  if (policy === null) throw new Problem('no_rebal_policy')
  const devices = withHosts((await view.get()).devices, hosts)
  const plan = planRebalance(storedRebalancePolicy(policy), devices, await db.all(holdings()))
  return { plan, policy }
}

/** A name that is nobody's would make a policy that silently does nothing. */
async function expectKnown(
  { db, view }: Deps,
  hosts: readonly string[] = [],
  devices: readonly number[] = [],
): Promise<void> {
  const known = withHosts((await view.get()).devices, (await read({ db })).hosts)
  const host = hosts.find((name) => known.every((device) => !isOneOf([name], device)))
  const device = devices.find((id) => known.every(({ deviceId }) => deviceId !== id))
  if (host !== undefined) throw new Problem('bad_rebal_pol', { problem: `no device on ${host}` })
  if (device !== undefined) throw new Problem('bad_rebal_pol', { problem: `no device ${device}` })
}

/** By what this rebalance managed so far, or else by a guess for each destination. */
async function estimate(deps: Deps, { files, bytes, destinations }: RebalancePlan) {
  const { filesMoved, bytesMoved, startedAtMs, finishedAtMs, stoppedAtMs } = await read(deps)
  const endMs = finishedAtMs ?? stoppedAtMs ?? deps.clock.nowMs()
  if (startedAtMs !== null && filesMoved > 0 && endMs > startedAtMs) {
    const tookS = (endMs - startedAtMs) / 1_000
    return Math.ceil(
      Math.max((files * tookS) / filesMoved, bytesMoved === 0 ? 0 : (bytes * tookS) / bytesMoved),
    )
  }
  if (destinations.length === 0) return 0
  const seconds = files / ASSUMED_MOVE_FILES_PER_S + bytes / ASSUMED_MOVE_BYTES_PER_S
  return Math.ceil(seconds / destinations.length)
}
