// How many requests a second a key may make of each tracker, as key add and key set are told it.
import { orNone, wholeNumber } from './arguments.ts'
import type { Options } from './verb.ts'

export const rateOption = {
  rate: { type: 'string', value: 'N', says: 'requests a second at each tracker; or none' },
} as const satisfies Options

/** Nothing where nothing was said; null is `none`: as the setting keyRatePerS says. */
export const readRate = ({ rate }: { rate?: string }): { ratePerS?: number | null } =>
  rate === undefined
    ? {}
    : { ratePerS: orNone('--rate', rate, (name, text) => wholeNumber(name, text, 1)) }
