// What went wrong, for a person and for a program: what, why, and the next command.
import { AdoptionRefusal } from '#infra/adoption/refusal.ts'
import { Refusal } from '#shared/client/refusal.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { CommandFailure } from './command-failure.ts'
import { isSystemError, systemReason } from './system-error.ts'
import { printable } from './table.ts'
import { UsageError } from './usage-error.ts'

export interface Complaint {
  /** The file or key that it is about, where there are several. */
  subject?: string | undefined
  /** A problem's code, the system's own (`ENOENT`), or one of ours: usage, unreachable, defect. */
  code: string
  detail: string
  requestId?: string | undefined
  hint?: string | undefined
}

/** A header is nothing that is typed here. */
const WHOSE_KEY =
  'Is it a key of this cluster? --key, MOG_KEY and MOG_ADMIN_KEY give one, `mog key ls` lists them.'

export function complaintOf(error: unknown, subject?: string): Complaint {
  if (error instanceof Refusal) {
    const { code, detail, requestId } = error
    const hint = code === 'unauthorized' ? WHOSE_KEY : error.hint
    return { subject, code, detail, requestId, hint }
  }
  if (error instanceof Unreachable) {
    const doubt = error.maybeDone ? ' It may have been done: look before you repeat it.' : ''
    const hint = `Is a tracker there? \`npm start\` runs one here; --url names another.${doubt}`
    return { subject, code: 'unreachable', detail: error.message, hint }
  }
  if (error instanceof UsageError)
    return { subject, code: 'usage', detail: error.message, hint: error.hint }
  if (error instanceof CommandFailure || error instanceof AdoptionRefusal)
    return { subject, code: error.code, detail: error.message, hint: error.hint }
  if (isSystemError(error)) return { subject, code: error.code, detail: systemReason(error) }

  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { subject, code: 'defect', detail, hint: 'This is a defect of mog: please report it.' }
}

/** `mog: photo.jpg: no room (disk_full, request 4f1c)`, and the next command below it. */
export function complaintText({ subject, code, detail, requestId, hint }: Complaint): string {
  const about = subject === undefined ? '' : `${printable(subject)}: `
  const request = requestId === undefined ? '' : `, request ${requestId}`
  const isOurs = code === 'usage' || code === 'defect'
  const from = isOurs ? '' : ` (${code}${request})`
  return `mog: ${about}${detail}${from}\n${hint === undefined ? '' : `  ${hint}\n`}`
}

export const complaintJson = (complaint: Complaint): string =>
  `${JSON.stringify({ error: complaint })}\n`
