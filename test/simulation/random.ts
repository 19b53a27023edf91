// Chance that a seed decides: the same seed draws the same numbers, on every machine.

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number
  between(least: number, most: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly [Item, ...Item[]]): Item
  /** Another stream of numbers, which draws on this one do not disturb. */
  fork(name: string): Random
}

const SPREAD = 0x6d2b79f5
const UINT32 = 2 ** 32

/** mulberry32: 32 bits of state, which is plenty for stories that differ by their seed. */
export function seeded(seed: string | number): Random {
  let state = digest(String(seed))
  const next = () => {
    state = (state + SPREAD) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
    fork: (name) => seeded(`${seed}/${name}`),
  }
}

/** FNV-1a. */
function digest(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash
}
