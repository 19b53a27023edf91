// Which bytes of a file have come: stretches in ascending order that do not touch. Pure.
import * as z from 'zod'

export const Stretch = z.object({
  start: z.number(),
  /** The byte after the last. */
  end: z.number(),
})
export type Stretch = z.infer<typeof Stretch>

export function joined(stretches: readonly Stretch[], added: Stretch): Stretch[] {
  if (added.end <= added.start) return [...stretches]
  const isApart = ({ start, end }: Stretch) => end < added.start || start > added.end
  const touched = [...stretches.filter((each) => !isApart(each)), added]
  const whole = {
    start: Math.min(...touched.map(({ start }) => start)),
    end: Math.max(...touched.map(({ end }) => end)),
  }
  return [...stretches.filter(isApart), whole].toSorted((a, b) => a.start - b.start)
}

/** What is left of them where these bytes do not count any more. */
export const without = (stretches: readonly Stretch[], { start, end }: Stretch): Stretch[] =>
  stretches
    .flatMap((each) => [
      { start: each.start, end: Math.min(each.end, start) },
      { start: Math.max(each.start, end), end: each.end },
    ])
    .filter((each) => each.start < each.end)

/** How many bytes have come from the beginning on, without a gap. */
export const cameOf = ([first]: readonly Stretch[]): number => (first?.start === 0 ? first.end : 0)

/** Whether all bytes have come, and none beyond. */
export const isWhole = (stretches: readonly Stretch[], bytes: number): boolean =>
  bytes === 0 ? stretches.length === 0 : stretches.length === 1 && cameOf(stretches) === bytes
