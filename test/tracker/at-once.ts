// Concurrent callers. All are waited for, also when one fails: nothing is left in flight behind it.

export async function allOf<Result>(acts: Iterable<Promise<Result>>): Promise<Result[]> {
  const outcomes = await Promise.allSettled(acts)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

export const atOnce = <Result>(
  callers: number,
  act: (caller: number) => Promise<Result>,
): Promise<Result[]> => allOf(Array.from({ length: callers }, (_, caller) => act(caller)))
