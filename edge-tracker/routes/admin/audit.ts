/** GET audit: what operators changed, oldest first. */
import { type AuditPage, AuditQuery } from '#shared/wire/admin.ts'
import { readAudit } from '../../db/audit.ts'
import { readQuery, type TrackerContext } from '../../request.ts'

export async function audit(c: TrackerContext): Promise<Response> {
  const ask = readQuery(c, AuditQuery)
  const entries = await c.var.deps.db.all(readAudit(ask))
  const page: AuditPage = { entries, nextAfter: entries.at(-1)?.auditId ?? ask.after }
  return c.json(page)
}
