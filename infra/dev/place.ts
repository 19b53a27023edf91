// Where a part of the cluster runs: this machine's loopback, or a network namespace that a test
// made, with an address of its own.
import { LOOPBACK } from './loopback.ts'

export interface Place {
  /** Where its server listens, and others find it. */
  address: string
  /** What goes before a command to have it run there. */
  enter: readonly string[]
}

export const HERE: Place = { address: LOOPBACK, enter: [] }
