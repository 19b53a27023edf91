// The ledger says exactly what lies where, at every moment: it is changed by what it counts.
import type { Rows } from '../view.ts'
import type { Check } from './check.ts'

export const ledgerIsRight = (): Check => ({
  says: 'the ledger is what a count of files and replicas would say',
  look({ rows }) {
    const [ledger, recount] = [linesOf(rows.ledger), linesOf(rows.recount)]
    return [
      ...[...ledger].filter((line) => !recount.has(line)).map((line) => `only the ledger: ${line}`),
      ...[...recount].filter((line) => !ledger.has(line)).map((line) => `only a count: ${line}`),
    ]
  },
})

const linesOf = (placements: Rows['ledger']): Set<string> =>
  new Set(
    placements.map(
      ({ classId, deviceIds, files, bytes }) =>
        `class ${classId} on ${deviceIds.join('+')}: ${files} files, ${bytes} bytes`,
    ),
  )
