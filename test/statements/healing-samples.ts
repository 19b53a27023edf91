// One call of every statement that heals, moves and gives up copies.
import { DeviceId, Fid, Name } from '#shared/ids.ts'
import { declareDead } from '#tracker/db/dead-hosts.ts'
import * as decommission from '#tracker/db/decommission.ts'
import { dropCopies } from '#tracker/db/drops.ts'
import * as moves from '#tracker/db/moves.ts'
import { placementsOn } from '#tracker/db/placements-on.ts'
import * as rebalance from '#tracker/db/rebalance.ts'
import * as review from '#tracker/db/review.ts'
import type { Statement } from '#tracker/db/statement.ts'
import { wakeShortfalls } from '#tracker/db/wake.ts'

const fid = Fid.parse(7)
const deviceId = DeviceId.parse(3)
const name = Name.parse('thumb')
const who = { apiKeyId: 1, label: 'ops' }

export const healingSamples: Record<string, Record<string, Statement<unknown>>> = {
  'placements-on': { placementsOn: placementsOn([deviceId], 10) },
  drops: { dropCopies: dropCopies([{ fid, deviceId, keep: [deviceId] }]) },
  review: {
    nextReview: review.nextReview('shape', 10, 10),
    placementsOfClass: review.placementsOfClass(1, 10),
    filesOfClass: review.filesOfClass(1, 0, 10),
    recordShort: review.recordShort([{ fid, reason: 'why', priority: 2 }]),
    moveReview: review.moveReview(
      {
        classId: 1,
        copies: 2,
        policy: '',
        madeFor: '',
        level: 0,
        nextFid: 0,
        started: false,
        isFull: false,
      },
      { level: 1, nextFid: null },
      { uploadMs: 1, lapMs: 1 },
    ),
  },
  moves: {
    drainDevice: moves.drainDevice({ limit: 10, maxMoves: 10, lapMs: 1 }),
    takeMoves: moves.takeMoves(10, 10),
    orderMoves: moves.orderMoves([{ fid, deviceId, to: deviceId }]),
    settleMoves: moves.settleMoves(
      [{ fid, deviceId, keep: [deviceId] }],
      [{ fid, deviceId, rebalance: true, bytes: 1, reason: 'why' }],
      [{ fid, deviceId }],
      [{ fid, deviceId }],
    ),
  },
  rebalance: {
    readRebalance: rebalance.readRebalance(),
    holdings: rebalance.holdings(),
    resumeRebalance: rebalance.resumeRebalance(who),
    startRebalance: rebalance.startRebalance(who, '', {
      sources: [{ deviceId, filesLeft: 1, bytesLeft: null }],
      filesLeft: null,
      bytesLeft: 1,
    }),
    stopRebalance: rebalance.stopRebalance(who),
    walkRebalance: rebalance.walkRebalance({
      limit: 10,
      maxMoves: 10,
      oldestFirst: true,
      drainDone: true,
    }),
    finishRebalance: rebalance.finishRebalance(),
    resetRebalance: rebalance.resetRebalance(who),
  },
  wake: { wakeShortfalls: wakeShortfalls([deviceId], 10, 1) },
  decommission: {
    decommissionStatus: decommission.decommissionStatus({ deviceId }),
    markLeaving: decommission.markLeaving(who, { host: name }, 'drain'),
  },
  'dead-hosts': { declareDead: declareDead({ silentMs: 1, maxPercent: 20, gapMs: 1 }) },
}
