// The name that somebody most likely meant who typed another one. Pure.

/** Undefined where nothing is near: a wrong guess is worse than none. */
export function nearestName(typed: string, names: Iterable<string>): string | undefined {
  const near = Array.from(names, (name) => ({ name, edits: editsBetween(typed, name) }))
    .filter(({ name, edits }) => edits <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.edits - b.edits)
  return near[0]?.name
}

/** Letters put in, left out, changed, or swapped with their neighbour (Damerau and Levenshtein). */
function editsBetween(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let row = 1; row <= from.length; row++) {
    const edits = [row]
    for (let at = 1; at <= to.length; at++) {
      const isSame = from[row - 1] === to[at - 1]
      const isSwap = row > 1 && from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1]
      const ways = [
        (last[at] ?? 0) + 1,
        (edits[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + (isSame ? 0 : 1),
        ...(isSwap ? [(before[at - 2] ?? 0) + 1] : []),
      ]
      edits.push(Math.min(...ways))
    }
    before = last
    last = edits
  }
  return last[to.length] ?? 0
}

/** `MOG_LISTN is not known: do you mean MOG_LISTEN?` */
export function unknownName(typed: string, names: Iterable<string>): string {
  const nearest = nearestName(typed, names)
  return `${typed} is not known${nearest === undefined ? '' : `: do you mean ${nearest}?`}`
}
