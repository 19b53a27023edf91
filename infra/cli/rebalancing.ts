// How far a rebalance is, as people read it.
import type { Rebalance } from '#shared/wire/moving.ts'
import { humanRefusals } from './decommissioning.ts'
import { humanBytes, humanTime } from './human-units.ts'
import { facts, table } from './table.ts'

export function humanRebalance(rebalance: Rebalance): string {
  const { sources, policy, refused } = rebalance
  const times = [
    ['started', rebalance.startedAtMs],
    ['stopped', rebalance.stoppedAtMs],
    ['finished', rebalance.finishedAtMs],
  ] as const
  return [
    facts([
      ['state', rebalance.state],
      ['policy', policy ?? 'none'],
      ...times.flatMap(([name, at]): [string, string][] =>
        at === null ? [] : [[name, humanTime(at)]],
      ),
      ['queued so far', amount(rebalance.filesQueued, rebalance.bytesQueued)],
      ['moved', amount(rebalance.filesMoved, rebalance.bytesMoved)],
      ['waiting', `${rebalance.filesWaiting} files`],
    ]),
    sources.length === 0
      ? ''
      : table(
          [['SOURCE', 'right'], ['FILES', 'right'], ['SIZE', 'right'], ['WALKED']],
          sources.map(({ deviceId, filesQueued, bytesQueued, done }) => [
            String(deviceId),
            String(filesQueued),
            humanBytes(bytesQueued),
            done ? 'yes' : 'not yet',
          ]),
        ),
    humanRefusals(refused),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const amount = (files: number, bytes: number) => `${files} files, ${humanBytes(bytes)}`
