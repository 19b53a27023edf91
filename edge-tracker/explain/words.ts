// Numbers and times in the sentences of an explanation.

export const at = (unixMs: number): string => `${new Date(unixMs).toISOString().slice(0, 19)}Z`

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
]

/** `2 h`, `45 s`: rounded, for people. */
export function lasting(ms: number): string {
  for (const [unitMs, unit] of UNITS) if (ms >= unitMs) return `${Math.round(ms / unitMs)} ${unit}`
  return `${Math.max(0, Math.round(ms / 1_000))} s`
}
