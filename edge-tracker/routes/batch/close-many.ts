/**
 * Closes in a batch, each on its node's receipt: one statement, and one more where some are refused
 * or were closed before. A batch closes one upload of a key; another one stays open.
 */
import type { DomainName } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { BatchClose } from '#shared/wire/batch.ts'
import type { Closed } from '#shared/wire/uploads.ts'
import { type CloseAsk, closeUploads, explainUploads } from '../../db/closes.ts'
import type { Deps } from '../../deps.ts'
import { parse } from '../../request.ts'
import { awaitCopies } from '../await-copies.ts'
import {
  answerClose,
  checkOthers,
  checkReceipt,
  expectSame,
  judgeClose,
  judgeUnclosed,
  namedBy,
} from '../closing.ts'
import { among, attempt, type Outcome, onceEach } from './outcomes.ts'

export async function closeMany(
  deps: Deps,
  domain: DomainName,
  items: readonly unknown[],
): Promise<Outcome<Closed>[]> {
  const parsed = items.map((item) => attempt(() => parse(BatchClose, item)))
  const receipted = await among(parsed, (good) => withReceipts(deps, domain, good))
  const asks = onceEach(receipted, (ask) => String(ask.stored.fid))
  return among(asks, async (good) => {
    const closed = await deps.db.all(closeUploads(good))
    const byFid = new Map(closed.map((file) => [file.fid, file]))
    const left = good.filter(({ stored }) => !byFid.has(stored.fid))
    const facts = left.length === 0 ? [] : await deps.db.all(explainUploads(left))
    const factsOf = new Map(facts.map((each) => [each.fid, each]))
    const done = good.map(({ stored }) => {
      const file = byFid.get(stored.fid)
      return attempt(() =>
        file === undefined
          ? judgeUnclosed(stored, factsOf.get(stored.fid))
          : judgeClose(stored, file),
      )
    })
    return among(done, async (closes) => {
      const short = await awaitCopies(deps, closes)
      return closes.map((close) => attempt(() => answerClose(close, short)))
    })
  })
}

async function withReceipts(
  deps: Deps,
  domain: DomainName,
  requests: readonly BatchClose[],
): Promise<Outcome<CloseAsk>[]> {
  const { devices, quotas } = await deps.view.devices([...new Set(requests.flatMap(namedBy))])
  return requests.map((request) =>
    attempt(() => {
      const { fid, deviceId, receipt, key, ifMatch, ifNoneMatch } = request
      const device = devices.find((each) => each.deviceId === deviceId)
      if (device === undefined) throw new Problem('invalid_destdev', { deviceId })
      const stored = expectSame(checkReceipt(deps, device, fid, receipt), request)
      const alsoOn = checkOthers(deps, devices, stored, request.receipts)
      return {
        domain,
        stored,
        alsoOn,
        key,
        expects: { ifMatch, ifNoneMatch },
        isMetered: quotas.size > 0,
      }
    }),
  )
}
