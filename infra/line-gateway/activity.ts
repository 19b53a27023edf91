// What the gateway does now and has done lately: for `!stats`, `!recent`, `!queue` and `!watch`.
// Lost when it ends.
import { MAX_RECENT, MAX_RECENT_LENGTH } from './limits.ts'

export interface UnderWay {
  line: string
  from: string
  sinceMs: number
}

export class Activity {
  readonly startedAtMs = performance.now()
  readonly underWay = new Set<UnderWay>()
  readonly #watchers = new Set<(text: string) => void>()
  readonly #recent: { line: string; tookMs: number }[] = []
  commands = 0
  clients = 0

  begin(line: string, from: string): UnderWay {
    const work = { line: shortened(line), from, sinceMs: performance.now() }
    this.commands += 1
    this.underWay.add(work)
    return work
  }

  end(work: UnderWay): void {
    this.underWay.delete(work)
    if (this.#recent.length >= MAX_RECENT) this.#recent.shift()
    this.#recent.push({ line: work.line, tookMs: performance.now() - work.sinceMs })
  }

  /** The newest last. */
  recent(): readonly { line: string; tookMs: number }[] {
    return this.#recent
  }

  /** What went wrong, to all who watch. */
  tell(text: string): void {
    for (const watcher of this.#watchers) watcher(text)
  }

  /** Begins, or ends where it had begun; says which. */
  watch(watcher: (text: string) => void): boolean {
    if (this.#watchers.delete(watcher)) return false
    this.#watchers.add(watcher)
    return true
  }

  unwatch(watcher: (text: string) => void): void {
    this.#watchers.delete(watcher)
  }
}

/** As it was sent, on one line; a path's ticket may be in it, and is left out. */
const shortened = (line: string) =>
  line
    .slice(0, MAX_RECENT_LENGTH)
    .replaceAll(/sig(?:%3[ad]|[:=])[\w-]*/gi, 'sig')
    .replaceAll(/[^\x20-\x7e]/g, '?')
