// What a checker is: a promise in words, and what of it does not hold at a moment.
import type { View } from '../view.ts'

export interface Check {
  /** The promise or invariant, as DESIGN and ARCHITECTURE have it. */
  says: string
  /** Breaches, each in a line. A checker may remember what it saw before. */
  look(view: View): string[]
}
