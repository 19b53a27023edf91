// What becomes of each of many items: a value, or the Problem that refuses it alone.
import { Problem } from '#shared/problems.ts'

export type Outcome<Value> = Value | Problem

/** Anything but a Problem is a bug, and fails the whole batch. */
export function attempt<Value>(act: () => Value): Outcome<Value> {
  try {
    return act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** `act` is given those that are not refused yet; what it says of them comes to their places. */
export async function among<In, Out>(
  items: readonly Outcome<In>[],
  act: (good: readonly In[]) => Promise<readonly Outcome<Out>[]>,
): Promise<Outcome<Out>[]> {
  const good = items.filter((item): item is Exclude<In, Problem> => !(item instanceof Problem))
  const outcomes = good.length === 0 ? [] : await act(good)
  let next = 0
  return items.map((item) => {
    if (item instanceof Problem) return item
    const outcome = outcomes[next++]
    if (outcome === undefined) throw new Error('an item of the batch was left without an outcome')
    return outcome
  })
}

/** The first of each name; those that come after it wait for another batch. */
export function onceEach<Item>(
  items: readonly Outcome<Item>[],
  nameOf: (item: Item) => string,
): Outcome<Item>[] {
  const seen = new Set<string>()
  return items.map((item) => {
    if (item instanceof Problem) return item
    const name = nameOf(item)
    if (seen.has(name)) return new Problem('key_in_batch', { named: name })
    seen.add(name)
    return item
  })
}
