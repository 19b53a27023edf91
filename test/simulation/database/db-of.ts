// The tracker's Db for one process: its statements travel to the database and back, and either way
// may fail. What failed on the way back has been done.
import { hash } from 'node:crypto'
import { Problem } from '#shared/problems.ts'
import { type Db, isDatabaseError, isUnavailable, withoutDeadlock } from '#tracker/db/db.ts'
import type { Process } from '../process.ts'
import type { Timeline } from '../timeline.ts'
import type { Query, Transactions } from './transactions.ts'

/** The name under which the network knows the database. */
export const DATABASE = 'database'
const HOP_MS = [0.05, 1.5] as const

export function dbOf(process: Process, transactions: Transactions, timeline: Timeline): Db {
  const { random, network } = process
  const isCutOff = () =>
    !network.reaches(process.name, DATABASE) || random.chance(network.trouble.lost)

  const send = (query: Query) => {
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>[]>()
    const hopMs = random.between(...HOP_MS)
    if (isCutOff()) {
      process.after(hopMs, () => reject(unavailable()))
      return promise
    }
    const answer = async (settled: Promise<Record<string, unknown>[]>) => {
      try {
        const rows = await settled
        if (isCutOff()) process.after(hopMs, () => reject(unavailable()))
        else process.after(hopMs, () => resolve(rows))
      } catch (error) {
        const isBroken = isDatabaseError(error) && isUnavailable(error.code)
        process.after(hopMs, () => reject(isBroken ? unavailable() : error))
      }
    }
    timeline.after(hopMs, async () => {
      const { settled } = await transactions.begin(query)
      void answer(settled)
    })
    return promise
  }

  return {
    async all({ name, text, values, row }) {
      const query = { name: name === '' ? nameOf(text) : name, text, values: [...values] }
      const rows = await withoutDeadlock(() => send(query))
      return rows.map((each) => row.parse(each))
    },
  }
}

/** Planned once: the tables of a story never grow large, and planning is most of what it costs. */
const nameOf = (text: string): string => `anew_${hash('md5', text)}`

const unavailable = () => new Problem('database_unavailable', { reason: 'simulated' })
