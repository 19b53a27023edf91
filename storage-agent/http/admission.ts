// Who may pass: a URL that parses to numbers, with a good ticket for just that and this method.
// What was found good is remembered, because a player asks for the same URL with every range:
// checking costs 12 us of a request, remembering 1 (2026-11).
import { parseFidPath } from '#shared/fid-path.ts'
import { Problem } from '#shared/problems.ts'
import { type CheckedTicket, checkTicket, type VersionedKey } from '#shared/tickets.ts'
import type { KeyRing } from '../keys.ts'
import { MAX_REMEMBERED_TICKETS } from '../limits.ts'

const ALL_VERBS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'MOVE'])
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])

const DIRECTORY = /^\/dev\d+(?:\/\d(?:\/\d{3}(?:\/\d{3})?)?)?\/?$/

export class Admission {
  readonly #keys: Pick<KeyRing, 'all'>
  readonly #nowMs: () => number
  /** For clients: copies of other agents are paced by who does the jobs. */
  readonly #readsOnly: boolean
  readonly #good = new Map<string, CheckedTicket>()
  /** The keys under which the remembered ones were good. */
  #checkedUnder: readonly VersionedKey[] = []

  constructor(keys: Pick<KeyRing, 'all'>, nowMs: () => number, readsOnly = false) {
    this.#keys = keys
    this.#nowMs = nowMs
    this.#readsOnly = readsOnly
  }

  /** Throws a Problem where the URL or its ticket is not good. */
  check(url: string, method: string): CheckedTicket {
    return this.#recall(url, method) ?? this.#study(url, method)
  }

  #recall(url: string, method: string): CheckedTicket | undefined {
    const ticket = this.#good.get(url)
    if (ticket === undefined || this.#checkedUnder !== this.#keys.all()) return undefined
    const isFor = method === 'GET' || method === 'HEAD'
    return isFor && ticket.untilS * 1000 > this.#nowMs() ? ticket : undefined
  }

  #study(url: string, method: string): CheckedTicket {
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    const place = parseFidPath(path)
    if (place === undefined) {
      // MogileFS's trackers make a fid's directories ahead; here they come with the first file
      const isThere = method === 'MKCOL' && DIRECTORY.test(path)
      throw isThere ? new Problem('method_not_allowed', { method }) : new Problem('unknown_route')
    }
    if (!(this.#readsOnly ? READING : ALL_VERBS).has(method))
      throw new Problem('method_not_allowed', { method })
    const search = question < 0 ? '' : url.slice(question + 1)
    const keys = this.#keys.all()
    const ticket = checkTicket(search, place, method, keys, this.#nowMs())
    if (this.#readsOnly && ticket.copy === true) throw new Problem('busy', { reason: 'a copy' })
    if (ticket.verb === 'GET') this.#remember(url, ticket, keys)
    return ticket
  }

  #remember(url: string, ticket: CheckedTicket, keys: readonly VersionedKey[]): void {
    if (this.#checkedUnder !== keys) this.#good.clear()
    this.#checkedUnder = keys
    const [oldest] = this.#good.size < MAX_REMEMBERED_TICKETS ? [] : this.#good.keys()
    if (oldest !== undefined) this.#good.delete(oldest)
    this.#good.set(url, ticket)
  }
}
