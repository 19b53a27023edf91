// What one node's failure means for the others.
import { Refusal } from './refusal.ts'
import { Unreachable } from './unreachable.ts'

/** True where another node may do what this one did not. */
export function isWorthAnotherNode(error: unknown): error is Refusal | Unreachable {
  if (error instanceof Unreachable) return true
  return error instanceof Refusal && error.retry !== 'never'
}
