// Where the agent listens: one address for everybody, with TLS where it has a certificate, and
// perhaps a second one without, for the other agents and the trackers.
import type { Server } from 'node:net'
import { assert } from '#shared/assert.ts'
import type { Clock } from '#shared/clock.ts'
import { type CertificateFiles, followCertificate, readCertificate } from './certificate.ts'
import type { HttpDeps } from './exchange.ts'
import type { InheritedSocket } from './inherited-socket.ts'
import { type Address, type HttpServer, serve } from './serve.ts'

export interface DoorOptions {
  /** Port 0 takes a free one. */
  listen: { host: string; port: number }
  internalListen?: { host: string; port: number }
  /** Where others reach the first address, if that is not what it seems from here. */
  publicUrl?: string
  certificate?: CertificateFiles
  /** Other processes of ours listen there, too. */
  reusePort?: boolean
  /** Of another process: taken over instead of new ones. */
  inherited?: Sockets<InheritedSocket> | undefined
}

/** By address; several where several processes shared it. */
export interface Sockets<Socket> {
  listen: Socket[]
  internalListen: Socket[]
}

export interface Doors extends AsyncDisposable {
  /** Where it listens, with the ports that it got. */
  at: Pick<DoorOptions, 'listen' | 'internalListen'>
  url: string
  internalUrl?: string
  sockets: Sockets<Server>
  /** Takes no more connections; resolves when all of them have ended, each after an answer. */
  leave: () => Promise<void>
}

/** Disposed, both finish what is under way. */
export async function openDoors(
  options: DoorOptions,
  deps: HttpDeps,
  clock: Clock,
): Promise<Doors> {
  const { listen, internalListen, publicUrl, certificate: files, inherited } = options
  await using opening = new AsyncDisposableStack()
  const certificate = files && (await readCertificate(files))
  const { reusePort = false } = options
  const open = async (at: Address, sockets: readonly InheritedSocket[] = []) => {
    const all = sockets.length === 0 ? [undefined] : sockets
    return Promise.all(
      all.map(async (socket) => {
        const server = await serve({ ...at, reusePort, inherited: socket }, deps)
        return opening.use(server)
      }),
    )
  }
  const outer = await open({ ...listen, certificate }, inherited?.listen)
  const inside = internalListen ? await open(internalListen, inherited?.internalListen) : []
  const [[server], [inner]] = [outer, inside]
  assert(server !== undefined, 'an address is listened at by one server or more')
  if (files !== undefined && certificate !== undefined) {
    const { state } = certificate
    opening.use(followAt(outer, files, { state, clock, events: deps.events }))
  }
  const scheme = certificate === undefined ? 'http' : 'https'
  const opened = opening.move()
  const at = internalListen && inner && { ...internalListen, port: inner.port }
  return {
    at: { listen: { ...listen, port: server.port }, ...(at && { internalListen: at }) },
    url: publicUrl ?? urlOf(scheme, listen.host, server.port),
    ...(at && { internalUrl: urlOf('http', at.host, at.port) }),
    sockets: { listen: outer.map(socketOf), internalListen: inside.map(socketOf) },
    leave: () => leaveAll([...outer, ...inside]),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function followAt(
  servers: readonly HttpServer[],
  files: CertificateFiles,
  following: Omit<Parameters<typeof followCertificate>[2], 'signal'>,
): AsyncDisposable {
  const closing = new AbortController()
  const { signal } = closing
  const secured = servers.map(({ secure }) => secure).filter((secure) => secure !== undefined)
  const followed = secured.map((secure) =>
    followCertificate(secure, files, { ...following, signal }),
  )
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await Promise.all(followed)
    },
  }
}

const socketOf = ({ socket }: HttpServer): Server => socket

export async function leaveAll(servers: readonly Pick<HttpServer, 'leave'>[]): Promise<void> {
  await Promise.all(servers.map((server) => server.leave()))
}

/** An IPv6 address stands in brackets. */
const urlOf = (scheme: string, host: string, port: number) =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
