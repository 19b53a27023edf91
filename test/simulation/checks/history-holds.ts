// Promise 2: what clients read is what some write has left there that could be current: not one
// that was replaced before the read began, as far as anybody was told or has seen.
import type { History, Read, Value, Write } from '../history.ts'
import type { Check } from './check.ts'

/** A moment at which a key is known to have held a value. */
interface Evidence {
  beganMs: number
  endedMs: number
  value: Value
}

const NEVER = -Infinity

export const historyHolds = (): Check => {
  let looked = 0
  return {
    says: 'promise 2: reads and lists return what a close has left that could be current',
    look({ history }) {
      const fresh = history.reads.slice(looked)
      looked = history.reads.length
      return fresh.filter((read) => !isPossible(read, history)).map(tellRead)
    },
  }
}

export function isPossible(read: Read, history: History): boolean {
  const writes = history.writes.filter(({ key }) => key === read.key)
  const evidence: Evidence[] = [...writes, ...history.reads.filter(({ key }) => key === read.key)]
    .filter((deed) => deed !== read && deed.endedMs !== undefined && deed.endedMs < read.beganMs)
    .map(({ beganMs, endedMs = 0, value }) => ({ beganMs, endedMs, value }))
  const couldBe = (write: Pick<Write, 'beganMs' | 'endedMs' | 'mayRepeat'>) =>
    write.beganMs < read.endedMs && !isReplaced(write, read.value, evidence)

  const nothing = { beganMs: NEVER, endedMs: NEVER, mayRepeat: false }
  const first = read.value === undefined ? [nothing] : []
  const candidates = writes.filter(({ value, isUnknown }) => value === read.value || isUnknown)
  return [...first, ...candidates].some(couldBe)
}

/** Whether something else was there after this write had ended, and before the read began. */
const isReplaced = (
  { endedMs, mayRepeat }: Pick<Write, 'endedMs' | 'mayRepeat'>,
  value: Value,
  evidence: readonly Evidence[],
): boolean =>
  endedMs !== undefined &&
  !mayRepeat &&
  evidence.some((other) => other.value !== value && other.beganMs > endedMs)

const tellRead = ({ client, verb, key, value, beganMs, endedMs }: Read): string =>
  `${client}'s ${verb} of ${key} (${beganMs} to ${endedMs}) saw ${value ?? 'nothing'}`
