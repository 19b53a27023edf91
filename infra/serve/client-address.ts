// Where a client is, by its connection or by what a proxy of ours says.
import type { IncomingMessage } from 'node:http'

export interface Peer {
  headers: IncomingMessage['headers']
  socket: { remoteAddress?: string | undefined }
}

export function addressOf(
  { headers, socket }: Peer,
  header: string | undefined,
): string | undefined {
  const told = header === undefined ? undefined : headers[header.toLowerCase()]
  // of several the last: the others came with the request, and may say anything
  return typeof told === 'string' ? told.split(',').at(-1)?.trim() : socket.remoteAddress
}
