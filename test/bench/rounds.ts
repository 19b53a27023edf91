// Measures things beside each other: by turns, in the same minutes, each several times. A round in
// which others took the cores is measured again; what counts is the median.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from './load/repeat.ts'
import { cpuMsOf, watchOthers } from './machine.ts'
import { figure } from './table.ts'

export interface Side {
  /** One round; a short one where asked only to warm up. */
  round: (ms: number) => Promise<Outcome>
  /** Before a round, untimed: what an earlier one left to do is done, what it needs is made. */
  prepare?: () => Promise<void>
  /** Whose CPU is told, with all that they started: name -> process. Of ours its own alone. */
  processes: Readonly<Record<string, number>>
}

export interface Summary {
  /** A second: the median. */
  rate: number
  bytesPerS: number
  p50Ms: number
  p99Ms: number
  /** Of every process named, for one operation. */
  cpuUs: ReadonlyMap<string, number>
  /** The largest share of the cores that others took in a round that counts. */
  others: number
}

/** V8 compiles what is hot for some seconds: what runs for months is measured as it runs then. */
const WARM_UP_MS = 4_000
const ROUND_MS = 1_500
const ROUNDS = 5
/** Beyond this share of the cores for others we wait, and measure a round again. */
const QUIET_SHARE = 0.05
/** How long a comparison may take more for that. */
const PATIENCE_MS = 8_000
const GLANCE_MS = 150

export interface Sample extends Outcome {
  cpuMs: ReadonlyMap<string, number>
  others: number
}

/** Ours and the reference in turn, round by round; who begins changes. */
export async function measureByTurns<Reference extends Side | undefined>(
  ours: Side,
  reference: Reference,
): Promise<{ ours: Summary; reference: Reference extends Side ? Summary : Summary | undefined }>
export async function measureByTurns(ours: Side, reference?: Side) {
  const turns = [ours, reference]
    .filter((side) => side !== undefined)
    .map((side) => ({ side, samples: [] as Sample[] }))
  for (const { side } of turns) await measure(side, WARM_UP_MS)

  const patience = { leftMs: PATIENCE_MS }
  for (let round = 0; round < ROUNDS; round++)
    for (const { side, samples } of round % 2 === 0 ? turns : turns.toReversed())
      samples.push(await measureInQuiet(side, patience))
  const [first, second] = turns.map(({ samples }) => summarize(samples))
  return { ours: first, reference: second }
}

interface Patience {
  leftMs: number
}

async function measureInQuiet(side: Side, patience: Patience): Promise<Sample> {
  await untilQuiet(patience)
  let best = await measure(side, ROUND_MS)
  for (; best.others > QUIET_SHARE && patience.leftMs > 0; patience.leftMs -= ROUND_MS) {
    await untilQuiet(patience)
    const again = await measure(side, ROUND_MS)
    if (again.others < best.others) best = again
  }
  return best
}

async function untilQuiet(patience: Patience): Promise<void> {
  for (; patience.leftMs > 0; patience.leftMs -= GLANCE_MS) {
    const others = watchOthers()
    await sleep(GLANCE_MS)
    if (others() <= QUIET_SHARE) return
  }
}

export async function measure({ round, prepare, processes }: Side, ms: number): Promise<Sample> {
  await prepare?.()
  const before = Object.entries(processes).map(([name, pid]) => ({
    name,
    pid,
    ms: cpuMsOf(pid),
  }))
  const others = watchOthers()
  const outcome = await round(ms)
  const share = others()
  const cpuMs = new Map(before.map((part) => [part.name, cpuMsOf(part.pid) - part.ms]))
  return { ...outcome, others: share, cpuMs }
}

export function summarize(samples: readonly Sample[]): Summary {
  const of = (figureOf: (sample: Sample) => number) => median(samples.map(figureOf))
  const cpuUs = new Map<string, number>()
  for (const name of samples[0]?.cpuMs.keys() ?? [])
    cpuUs.set(
      name,
      of(({ cpuMs, done }) => ((cpuMs.get(name) ?? 0) / done) * 1_000),
    )
  return {
    rate: of(({ done, ms }) => (done / ms) * 1_000),
    bytesPerS: of(({ bytes, ms }) => (bytes / ms) * 1_000),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    others: Math.max(...samples.map(({ others }) => others)),
    cpuUs,
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN
  const high = sorted[Math.floor(middle)] ?? Number.NaN
  return (low + high) / 2
}

/** CPU and latency in one line. */
export const describe = (name: string, summary: Summary): string => {
  const { p50Ms, p99Ms } = summary
  return `${describeCpu(name, summary)}; p50 ${figure(p50Ms)} ms, p99 ${figure(p99Ms)} ms`
}

export function describeCpu(name: string, { cpuUs, others }: Summary): string {
  const total = [...cpuUs.values()].reduce((sum, us) => sum + us, 0)
  const each = [...cpuUs].map(([part, us]) => `${part} ${figure(us)}`)
  const disturbed = others > QUIET_SHARE ? ` (others took up to ${Math.round(others * 100)} %)` : ''
  return `${name}: ${figure(total)} us of CPU each: ${each.join(', ')}${disturbed}`
}
