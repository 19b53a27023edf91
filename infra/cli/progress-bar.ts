// How far a long work is, how fast it goes and when it will be done: one line on a terminal, drawn
// over itself. Elsewhere, as in a log, only its beginning and its end.
import { type Clock, systemClock } from '#shared/clock.ts'
import { humanBytes, humanMs } from './human-units.ts'

interface Work {
  label: string
  /** Undefined where nobody knows. */
  total: number | undefined
  /** `bytes` are shown as MB and the like, everything else by its name: `files`. */
  unit: string
}

export interface ProgressOptions extends Work {
  stream?: { isTTY?: boolean; columns?: number; write(text: string): unknown }
  clock?: Pick<Clock, 'nowMs'>
}

export interface ProgressBar {
  /** By less than nothing where a try begins anew. */
  advance(amount: number): void
  /** So much was done before: it counts, but not as speed. */
  skip(amount: number): void
  /** Makes room for another line; the next `advance` draws it again. */
  hide(): void
  /** Leaves the result on its line. */
  done(): void
}

const REDRAW_MS = 100
/** The rate is that of the last seconds: it follows a change, and does not jump. */
const RATE_WINDOW_MS = 5_000
const BAR_WIDTH = 24
const CLEAR_LINE = '\r\u001B[K'

export function progressBar(options: ProgressOptions): ProgressBar {
  const { stream = process.stderr, clock = systemClock } = options
  const isLive = stream.isTTY === true
  const startMs = clock.nowMs()
  let marks = [{ atMs: startMs, amount: 0 }]
  let amount = 0
  let skipped = 0
  let drawnMs = startMs

  const draw = () => {
    drawnMs = clock.nowMs()
    marks = [
      ...marks.filter(({ atMs }) => atMs > drawnMs - RATE_WINDOW_MS),
      { atMs: drawnMs, amount },
    ]
    const [oldest = { atMs: startMs, amount: 0 }] = marks
    const rate = perSecond(amount - oldest.amount, drawnMs - oldest.atMs)
    const line = progressLine(options, amount, rate)
    stream.write(`${CLEAR_LINE}${line.slice(0, widthOf(stream) - 1)}`)
  }

  if (isLive) draw()
  else stream.write(`${options.label}: ${quantity(options.total ?? 0, options)}\n`)
  return {
    advance(more) {
      amount += more
      if (isLive && clock.nowMs() - drawnMs >= REDRAW_MS) draw()
    },
    skip(more) {
      amount += more
      skipped += more
      for (const mark of marks) mark.amount += more
      if (isLive) draw()
    },
    hide() {
      if (isLive) stream.write(CLEAR_LINE)
    },
    done() {
      const tookMs = clock.nowMs() - startMs
      const line = resultLine(options, amount, perSecond(amount - skipped, tookMs), tookMs)
      stream.write(`${isLive ? CLEAR_LINE : ''}${line}\n`)
    },
  }
}

/** `storing  [=====>      ] 41 %  12.3 MB of 30.0 MB  4.1 MB/s  5 s left` */
export function progressLine(work: Work, amount: number, rate: number): string {
  const speed = `${quantity(rate, work)}/s`
  if (work.total === undefined) return `${work.label}  ${quantity(amount, work)}  ${speed}`

  const share = work.total === 0 ? 1 : Math.min(Math.max(amount / work.total, 0), 1)
  const left = rate > 0 ? humanMs(((work.total - amount) / rate) * 1_000) : '?'
  const of = `${quantity(amount, work)} of ${quantity(work.total, work)}`
  return `${work.label}  ${barOf(share)}  ${of}  ${speed}  ${left} left`
}

/** `[=====>      ]  41 %`, of 0 to 1. */
export function barOf(share: number): string {
  const full = Math.floor(share * BAR_WIDTH)
  const bar = `${'='.repeat(full)}>`.slice(0, BAR_WIDTH).padEnd(BAR_WIDTH)
  return `[${bar}]${`${Math.floor(share * 100)} %`.padStart(6)}`
}

const resultLine = (work: Work, amount: number, rate: number, tookMs: number): string =>
  `${work.label}: ${quantity(amount, work)} in ${humanMs(tookMs)}, ${quantity(rate, work)}/s`

/** Some terminals say 0. */
const widthOf = ({ columns = 0 }: { columns?: number }): number => (columns > 0 ? columns : 80)

const perSecond = (amount: number, ms: number): number => (ms <= 0 ? 0 : (amount / ms) * 1_000)

function quantity(amount: number, { unit }: Work): string {
  if (unit === 'bytes') return humanBytes(amount)
  return `${amount >= 10 ? Math.round(amount) : Number(amount.toFixed(1))} ${unit}`
}
