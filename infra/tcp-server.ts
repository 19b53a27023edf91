// The first and the last moment of a server, of HTTP or of anything else on TCP.
import { once } from 'node:events'
import type { Server } from 'node:net'

/** An operator can mend it: told in a sentence, without a stack. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen'
}

/** Port 0 takes a free one. Resolves to the port. */
export async function listenAt(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const why = String(cause instanceof Error ? cause.message : cause).replace(/^listen /, '')
    throw new CannotListen(`cannot listen at ${host}:${port}: ${why}`, { cause })
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** Takes no more connections, and resolves when all have ended; `cut` ends what takes longer. */
export async function closeWithin(server: Server, ms: number, cut: () => void): Promise<void> {
  const patience = setTimeout(cut, ms)
  await new Promise<void>((closed) => server.close(() => closed())) // or was closed before
  clearTimeout(patience)
}
