// Where the agent listens: one address for everybody, with TLS where it has a certificate, and
// perhaps a second one without, for the other agents and the trackers.
import type { Clock } from '#shared/clock.ts'
import { type CertificateFiles, followCertificate, readCertificate } from './certificate.ts'
import type { HttpDeps } from './exchange.ts'
import { serve } from './serve.ts'

export interface DoorOptions {
  /** Port 0 takes a free one. */
  listen: { host: string; port: number }
  internalListen?: { host: string; port: number }
  /** Where others reach the first address, if that is not what it seems from here. */
  publicUrl?: string
  certificate?: CertificateFiles
  /** Other processes of ours listen there, too. */
  reusePort?: boolean
}

export interface Doors extends AsyncDisposable {
  /** Where it listens, with the ports that it got. */
  at: Pick<DoorOptions, 'listen' | 'internalListen'>
  url: string
  internalUrl?: string
}

/** Disposed, both finish what is under way. */
export async function openDoors(
  options: DoorOptions,
  deps: HttpDeps,
  clock: Clock,
): Promise<Doors> {
  const { listen, internalListen, publicUrl, certificate: files, reusePort = false } = options
  await using opening = new AsyncDisposableStack()
  const certificate = files && (await readCertificate(files))
  const server = opening.use(await serve({ ...listen, reusePort, certificate }, deps))
  const inner = internalListen && opening.use(await serve({ ...internalListen, reusePort }, deps))
  if (files !== undefined && certificate !== undefined && server.secure !== undefined) {
    const closing = new AbortController()
    const { state } = certificate
    const following = { state, clock, events: deps.events, signal: closing.signal }
    const followed = followCertificate(server.secure, files, following)
    opening.defer(() => followed)
    opening.defer(() => closing.abort())
  }
  const scheme = certificate === undefined ? 'http' : 'https'
  const opened = opening.move()
  return {
    at: {
      listen: { ...listen, port: server.port },
      ...(internalListen && inner && { internalListen: { ...internalListen, port: inner.port } }),
    },
    url: publicUrl ?? urlOf(scheme, listen.host, server.port),
    ...(internalListen && inner && { internalUrl: urlOf('http', internalListen.host, inner.port) }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** An IPv6 address stands in brackets. */
const urlOf = (scheme: string, host: string, port: number) =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
