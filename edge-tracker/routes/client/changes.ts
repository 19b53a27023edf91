/** GET changes: what happened in a domain behind a cursor, in one order for all readers. */
import { Problem } from '#shared/problems.ts'
import { type Changes, ChangesQuery } from '#shared/wire/changes.ts'
import { type Position, readChanges } from '../../db/changes.ts'
import { first } from '../../db/db.ts'
import { domainOf, readQuery, type TrackerContext } from '../../request.ts'

export async function changes(c: TrackerContext): Promise<Response> {
  const domain = domainOf(c)
  const { after, limit } = readQuery(c, ChangesQuery)
  const from = after === undefined || after === 'now' ? null : positionOf(after)
  const page = await first(c.var.deps.db, readChanges(domain, from, limit + 1))
  if (page === undefined) throw new Problem('unreg_domain', { domain })
  if (page.pruned) throw new Problem('cursor_expired', { after })

  const shown = after === 'now' ? [] : page.changes.slice(0, limit)
  const begin = after === undefined || after === 'now' ? page.end : after
  const answer: Changes = {
    changes: shown,
    cursor: shown.at(-1)?.cursor ?? begin,
    more: after !== 'now' && page.changes.length > limit,
  }
  return c.json(answer)
}

function positionOf(cursor: string): Position {
  const [xid = '', changeId = ''] = cursor.split('.')
  return { xid, changeId }
}
