// A random order in which heavier items tend to come first: load spreads in proportion to weight,
// and no two trackers pick the same "best" device at once. Pure but for the given randomness.

/** Efraimidis and Spirakis: sort by u^(1/w). Items of no weight come last. */
export const weightedShuffle = <Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  random: () => number,
): Item[] =>
  items
    .map((item) => ({ item, rank: Math.log(1 - random()) / Math.max(weightOf(item), 1e-9) }))
    .toSorted((a, b) => b.rank - a.rank)
    .map(({ item }) => item)
