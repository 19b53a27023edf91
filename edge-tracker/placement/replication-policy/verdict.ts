// What a policy says of a file: a value, so that it can be tested and told without a database.
import type { DeviceView } from '#shared/device-view.ts'

export interface PolicyAsk {
  /** Where copies are or are on their way to; none of them dead. */
  on: readonly DeviceView[]
  /** Every device of the cluster. */
  all: readonly DeviceView[]
  /** Devices that can take one more copy of this file. */
  candidates: readonly DeviceView[]
  /** What the class asks for. */
  copies: number
}

export type Verdict =
  | { kind: 'good' }
  | { kind: 'too-good' }
  /** Another copy is wanted: better on an ideal device, rather on a desperate one than nowhere. */
  | {
      kind: 'short'
      ideal: readonly DeviceView[]
      desperate: readonly DeviceView[]
      /** For when nothing else is left. */
      lastResort?: readonly DeviceView[]
    }
  /** It cannot be bettered at the moment. */
  | { kind: 'stuck'; reason: string }

/** Made by `parsePolicy`; `judge` is pure. */
export interface Policy {
  /** As it is stored: what it was parsed from, in its canonical form. */
  text: string
  /** How many copies a file has when it is content, at the least, in a cluster with room. */
  copies(ofClass: number): number
  judge(ask: PolicyAsk): Verdict
}

export const NO_DEVICE = 'no device can take a copy'

/** Nothing is missing. */
export const isContent = ({ kind }: Verdict): boolean => kind === 'good' || kind === 'too-good'
