// The SDK's front door. It needs `fetch` and nothing else: browsers, Workers and Node alike.
import { type Clock, systemClock } from '../clock.ts'
import { type AdminClient, adminClient } from './admin.ts'
import { type DomainClient, domainClient } from './domain.ts'
import { trackerAt } from './tracker.ts'

export interface ConnectOptions {
  /** One tracker, or several: then the next is asked where one fails. */
  url: string | readonly string[]
  /** An API key; for `admin` one with that scope. */
  key: string
  fetch?: typeof globalThis.fetch | undefined
  clock?: Clock | undefined
}

export interface Client {
  domain(name: string): DomainClient
  readonly admin: AdminClient
}

/** Asks nobody yet. */
export function connect(options: ConnectOptions): Client {
  const { url, key, fetch = globalThis.fetch, clock = systemClock } = options
  const urls = typeof url === 'string' ? [url] : url
  const wrong = urls.find((each) => !URL.canParse(each))
  if (wrong !== undefined || urls.length === 0) throw new TypeError(`no URL of a tracker: ${wrong}`)
  const tracker = trackerAt(urls, key, { fetch, clock })
  return {
    domain: (name) => domainClient(tracker, name),
    admin: adminClient(tracker),
  }
}
