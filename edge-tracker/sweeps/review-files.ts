// Promise: a file is brought to its policy whenever that, or the cluster, has changed; no command
// is needed. The ledger says first whether there is anything to find, and whether it is urgent.
import {
  MAX_JOBS_PER_DEVICE,
  MAX_REVIEWED_PLACEMENTS,
  MAX_SHORTFALL_BACKLOG,
  REVIEW_LAP_MS,
  SWEEP_WINDOW,
} from '#shared/limits.ts'
import { type Drop, dropCopies } from '../db/drops.ts'
import {
  type FoundShort,
  filesOfClass,
  moveReview,
  nextReview,
  placementsOfClass,
  type Review,
  recordShort,
} from '../db/review.ts'
import type { Deps } from '../deps.ts'
import { clusterDigest } from '../placement/cluster-digest.ts'
import { storedPolicy } from '../placement/replication-policy/parse-policy.ts'
import { type Finding, reviewer, urgency } from '../placement/review-files.ts'

type Judge = ReturnType<typeof reviewer>
interface Place {
  level: number
  nextFid: number | null
}
const REST: Place = { level: 1, nextFid: null }

/** Says that there is more to do, until every class is at rest or enough files wait. */
export async function reviewFilesSweep({ db, view }: Deps): Promise<number> {
  const { devices, settings } = await view.get()
  const [review] = await db.all(
    nextReview(clusterDigest(devices), MAX_SHORTFALL_BACKLOG, MAX_JOBS_PER_DEVICE),
  )
  if (review === undefined || review.isFull) return 0

  const judge = reviewer({
    policy: storedPolicy(review.policy),
    copies: review.copies,
    devices: new Map(devices.map((device) => [device.deviceId, device])),
    settings,
  })
  const from = review.started ? await begin({ db }, review, judge) : review
  const to = from.nextFid === null ? REST : await walkWindow({ db }, review, from, judge)
  const wait = { uploadMs: settings.uploadMs, lapMs: REVIEW_LAP_MS }
  await db.all(moveReview(review, to, wait))
  return SWEEP_WINDOW
}

/** Rest at once where the ledger knows of nothing that the policy is not content with. */
async function begin({ db }: Pick<Deps, 'db'>, { classId }: Review, judge: Judge): Promise<Place> {
  const placements = await db.all(placementsOfClass(classId, MAX_REVIEWED_PLACEMENTS + 1))
  if (placements.length > MAX_REVIEWED_PLACEMENTS) return { level: 0, nextFid: 0 }
  const findings = placements.map(({ deviceIds: on }) => judge({ on, coming: [], masked: [] }))
  if (findings.every(({ kind }) => kind === 'content')) return REST
  return { level: findings.some(isUrgent) ? 0 : 1, nextFid: 0 }
}

const isUrgent = (finding: Finding) =>
  finding.kind === 'short' && finding.priority === urgency.lastCopy

async function walkWindow(
  { db }: Pick<Deps, 'db'>,
  { classId }: Review,
  { level, nextFid }: Place,
  judge: Judge,
): Promise<Place> {
  const files = await db.all(filesOfClass(classId, nextFid ?? 0, SWEEP_WINDOW))
  const short: FoundShort[] = []
  const drops: Drop[] = []
  for (const { fid, ...places } of files) {
    const finding = judge(places)
    if (finding.kind === 'short' && (level > 0 || isUrgent(finding)))
      short.push({ fid, reason: finding.reason, priority: finding.priority })
    if (finding.kind === 'surplus' && level > 0)
      for (const deviceId of finding.drop) drops.push({ fid, deviceId, keep: finding.keep })
  }
  if (short.length > 0) await db.all(recordShort(short))
  if (drops.length > 0) await db.all(dropCopies(drops))

  const last = files.at(-1)?.fid
  if (files.length === SWEEP_WINDOW && last !== undefined) return { level, nextFid: last + 1 }
  return level === 0 ? { level: 1, nextFid: 0 } : REST
}
