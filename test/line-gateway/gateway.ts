// A gateway before a local cluster, with the cluster's admin key; over HTTP, as where it is a
// program of its own.

import { type Gateway, startGateway } from '#infra/line-gateway/gateway.ts'
import { trackerAt } from '#shared/client/tracker.ts'
import { type Clock, systemClock } from '#shared/clock.ts'
import type { Events } from '#shared/events.ts'
import { LineClient } from '../support/line-client.ts'

const silent: Events = { emit: () => undefined }

interface Behind {
  trackerUrl: string | readonly string[]
  adminKey: string
}

export function gatewayTo(
  { trackerUrl, adminKey }: Behind,
  { clock = systemClock, events = silent }: { clock?: Clock | undefined; events?: Events } = {},
): Promise<Gateway> {
  const urls = typeof trackerUrl === 'string' ? [trackerUrl] : trackerUrl
  const wire = { fetch: globalThis.fetch, clock: systemClock }
  return startGateway({
    host: '127.0.0.1',
    port: 0,
    tracker: trackerAt(urls, adminKey, wire, 1),
    events,
    addressHeader: 'x-client-address',
    clock,
  })
}

/** A client of it; both end with the parts. */
export async function lineTo(
  parts: AsyncDisposableStack,
  behind: Behind,
): Promise<{ gateway: Gateway; line: LineClient }> {
  const gateway = parts.use(await gatewayTo(behind))
  return { gateway, line: parts.use(await LineClient.connect(gateway.port)) }
}
