// Numbers for people. Machines get them raw, by --json.

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Decimal, as disks are sold: `12.3 MB`. */
export function humanBytes(bytes: number): string {
  let shown = bytes
  let power = 0
  while (shown >= 999.5 && power < BYTE_UNITS.length - 1) {
    shown /= 1_000
    power += 1
  }
  const digits = power === 0 || shown >= 99.95 ? 0 : 1
  return `${shown.toFixed(digits)} ${BYTE_UNITS[power]}`
}

const TIME_UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** The two largest units that matter: `2 h 5 min`, `1.5 s`, `20 ms`. */
export function humanMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`

  let rest = Math.round(ms / 1_000) * 1_000
  const parts: string[] = []
  for (const [unitMs, unit] of TIME_UNITS) {
    const count = Math.floor(rest / unitMs)
    rest -= count * unitMs
    if (count > 0) parts.push(`${count} ${unit}`)
    else if (parts.length > 0) break
  }
  return parts.slice(0, 2).join(' ')
}

/** To the second, in UTC: the same text wherever it is read. */
export const humanTime = (unixMs: number): string =>
  new Date(unixMs).toISOString().replace(/\.\d{3}Z$/, 'Z')

export const humanShare = (share: number): string => `${Math.round(share * 100)} %`
