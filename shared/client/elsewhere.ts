// What one node's failure means for the others.
import { Refusal } from './refusal.ts'
import { Unreachable } from './unreachable.ts'

/** True where another node may do what this one did not. */
export function isWorthAnotherNode(error: unknown): error is Refusal | Unreachable {
  if (error instanceof Unreachable) return true
  if (!(error instanceof Refusal)) return false
  // an expired ticket is no use anywhere, but behind the last node a new one is asked for
  return error.retry !== 'never' || error.code === 'ticket_expired'
}
